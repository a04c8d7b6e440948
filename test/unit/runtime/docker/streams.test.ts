import { Readable } from 'node:stream';
import fc from 'fast-check';
import { test } from 'tap';
import { followPull } from '../../../../daemon/runtime/docker/images.ts';
import { jsonLines } from '../../../../daemon/runtime/docker/lines.ts';
import { demultiplexed } from '../../../../daemon/runtime/docker/multiplexed.ts';
import type { PullProgress } from '../../../../daemon/runtime/runtime.ts';

/** The bytes cut into pieces of the given sizes, repeated as long as there are any. */
async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const all = <T>(values: AsyncIterable<T>): Promise<T[]> => Readable.from(values).toArray();

const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 });

const frame = (stream: number, data: Uint8Array): Buffer => {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
};

test('JSON lines come out as they went in, however the stream is cut', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ text: fc.string({ unit: 'grapheme' }) })), sizes, async (values, pieces) => {
      const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
      t.same(await all(jsonLines(cut(bytes, pieces))), values);
    }),
    { numRuns: 50 },
  );
});

test('a line that the end of the stream cut off is dropped', async (t) => {
  t.same(await all(jsonLines(cut(Buffer.from('{"a":1}\n{"a":'), [3]))), [{ a: 1 }]);
});

test('a line without end is not collected without end', async (t) => {
  const endless = async function* () {
    for (;;) yield Buffer.alloc(65536, 'x');
  };
  await t.rejects(all(jsonLines(endless())), { code: 'E_INTERNAL', message: /1 MiB/ });
});

test('a line that is no JSON is an error', async (t) => {
  await t.rejects(all(jsonLines(cut(Buffer.from('oops\n'), [9]))), { code: 'E_INTERNAL' });
});

test('frames are taken apart into their streams, however the connection cuts them', async (t) => {
  const frames = fc.array(fc.record({ stream: fc.constantFrom(1, 2), data: fc.uint8Array({ maxLength: 40 }) }));
  await fc.assert(
    fc.asyncProperty(frames, sizes, async (sent, pieces) => {
      const got = { stdout: [] as number[], stderr: [] as number[] };
      const bytes = Buffer.concat(sent.map(({ stream, data }) => frame(stream, data)));
      for await (const { stream, data } of demultiplexed(cut(bytes, pieces))) got[stream].push(...data);
      const of = (stream: number) => sent.flatMap((f) => (f.stream === stream ? [...f.data] : []));
      t.same(got, { stdout: of(1), stderr: of(2) });
    }),
    { numRuns: 50 },
  );
});

test('a frame that claims 4 GiB is passed on piece by piece', async (t) => {
  const header = Buffer.from([1, 0, 0, 0, 255, 255, 255, 255]);
  const chunks = demultiplexed(cut(Buffer.concat([header, Buffer.from('abc')]), [9]));
  t.same((await chunks.next()).value, { stream: 'stdout', data: Buffer.from('a') });
  t.same((await chunks.next()).value, { stream: 'stdout', data: Buffer.from('bc') });
});

const lines = async function* (...values: unknown[]) {
  yield* values;
};

test('a pull adds up the progress of its layers', async (t) => {
  const seen: PullProgress[] = [];
  const downloading = (id: string, current: number, total: number) => ({
    id,
    status: 'Downloading',
    progressDetail: { current, total },
  });
  await followPull(
    lines(
      { status: 'Pulling from a', id: '1' },
      downloading('x', 1, 10),
      downloading('y', 5, 20),
      downloading('x', 10, 10),
    ),
    (progress) => seen.push(progress),
  );
  t.match(seen.at(-1), { downloadedBytes: 15, totalBytes: 30, message: 'Downloading' });
});

test('a step of an extraction is progress, a line that repeats the last one is not', async (t) => {
  const extracting = (id: string, current: number) => ({ status: 'Extracting', id, progressDetail: { current } });
  let steps = 0;
  await followPull(
    lines(extracting('x', 1), extracting('x', 2), extracting('y', 2), extracting('x', 2)),
    () => steps++,
  );
  t.equal(steps, 3);
});

test('a pull that fails in the middle says so in its stream', async (t) => {
  const failed = lines(
    { status: 'Pulling' },
    { errorDetail: { message: 'manifest unknown' }, error: 'manifest unknown' },
  );
  await t.rejects(
    followPull(failed, () => {}),
    { code: 'E_IMAGE_PULL', message: 'manifest unknown' },
  );
});
