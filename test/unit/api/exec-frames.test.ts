import fc from 'fast-check';
import { test } from 'tap';
import { type Frame, frameOf, framesOf } from '../../../daemon/api/exec-frames.ts';

const collect = async (chunks: readonly Uint8Array[]): Promise<readonly Frame[]> => {
  const frames: Frame[] = [];
  for await (const frame of framesOf(
    (async function* () {
      yield* chunks;
    })(),
  ))
    frames.push(frame);
  return frames;
};

test('frames come out as they went in, however the stream is cut', async (t) => {
  const frames = fc.array(fc.record({ channel: fc.nat(255), data: fc.uint8Array({ maxLength: 40 }) }));
  await fc.assert(
    fc.asyncProperty(frames, fc.integer({ min: 1, max: 20 }), async (sent, size) => {
      const bytes = Buffer.concat(sent.map(({ channel, data }) => frameOf(channel, data)));
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      const received = await collect(chunks);
      t.same(
        received.map(({ channel, data }) => [channel, [...data]]),
        sent.map(({ channel, data }) => [channel, [...data]]),
      );
    }),
    { numRuns: 50 },
  );
});

test('a frame that says it is huge is refused before it is held', async (t) => {
  await t.rejects(collect([Buffer.from([0, 0xff, 0, 0, 0])]), { code: 'E_USAGE' });
});
