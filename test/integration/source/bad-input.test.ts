import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'tap';
import { readManifest } from '../../../daemon/pods/manifest/read.ts';
import { MOST_ENTRIES } from '../../../daemon/pods/source/list-names.ts';
import type { ReadManifest } from '../../../daemon/pods/source/read-entry.ts';
import { SourceUnderTest } from '../../support/file-source.ts';
import { missing, skipUnless } from '../../support/requires.ts';

/** With the pod's name for its UID, so that the history can be read. */
const read: ReadManifest = (bytes) => {
  const result = readManifest(bytes, { nodeName: 'node' });
  return result.ok ? { ...result, pod: { ...result.pod, uid: result.pod.name } } : result;
};
const aPod = (name: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'main', image: 'a:1' }] },
  });

/** A source with one good pod in its folder, already taken over. */
const sourceWithPod = async (t: { teardown(fn: () => void): void }): Promise<SourceUnderTest> => {
  const source = new SourceUnderTest(t, read);
  writeFileSync(source.path('good'), aPod('good'));
  await source.start();
  await source.said('good: good-node');
  return source;
};

const MEGABYTES_10 = 10 * 1024 * 1024;
const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  .concat(Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`))
  .join('\n');
const longTextBomb = `a: &a ${'x'.repeat(1024 * 1024)}\nb: [${Array(5000).fill('*a').join(', ')}]\n`;

const contents: Readonly<Record<string, { content: string | Buffer; message: RegExp }>> = {
  'nothing at all': { content: '', message: /nothing in it/ },
  'zeros, as after a crash of the host': { content: Buffer.alloc(4096), message: /control character U\+0000/ },
  'a program': { content: Buffer.from('\x7fELF\x02\x01\x01\0'), message: /control character/ },
  'bytes that are no text': { content: Buffer.from([0x61, 0xc3, 0x28]), message: /not valid UTF-8/ },
  'more than 10 MiB': { content: Buffer.alloc(MEGABYTES_10 + 1, 'x'), message: /larger than 10 MiB/ },
  '10 MiB of one letter': { content: Buffer.alloc(MEGABYTES_10, 'x'), message: /is not a Pod/ },
  '10 MiB of brackets': { content: Buffer.alloc(MEGABYTES_10, '['), message: /nested more than/ },
  '10 MiB of JSON braces': { content: '{"a":'.repeat(2_000_000), message: /nested more than/ },
  '10 MiB of list items': { content: '- '.repeat(5_000_000), message: /nested more than|more than \d+ words/ },
  'aliases of aliases': { content: bomb, message: /expand too far/ },
  'many aliases of one long text': { content: longTextBomb, message: /expand too far/ },
};

for (const [what, { content, message }] of Object.entries(contents)) {
  test(`a file with ${what} is invalid and says why, and its neighbour goes on`, async (t) => {
    const source = await sourceWithPod(t);
    writeFileSync(join(source.root, 'aside'), content);
    renameSync(join(source.root, 'aside'), source.path('bad'));
    await source.said('bad: invalid');
    const file = source.file('bad');
    t.match(file?.state === 'invalid' && file.errors[0]?.message, message);
    t.equal(source.uidOf('good'), 'good-node');
    t.notOk(source.history.some((line) => line.startsWith('good:') && line !== 'good: good-node'));
  });
}

test('sockets, and links to pipes and devices, are never opened for long', { skip: missing('mkfifo') }, async (t) => {
  const source = await sourceWithPod(t);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(source.path('socket'), resolve));
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())));
  execFileSync('mkfifo', [join(source.root, 'pipe')]);
  symlinkSync(join(source.root, 'pipe'), source.path('to-pipe'));
  symlinkSync('/dev/zero', source.path('to-device'));
  symlinkSync('to-itself', source.path('to-itself'));
  await source.rescan();
  for (const name of ['to-pipe', 'to-device', 'to-itself']) await source.said(`${name}: refused`);
  t.match(source.file('socket'), { state: 'ignored', reason: 'not a regular file' });
  t.match(source.file('to-pipe'), { message: /is not a regular file/ });
  t.equal(source.uidOf('good'), 'good-node');
});

test('a device in the folder is ignored', {
  skip: missing('mknod') || skipUnless(process.geteuid?.() === 0, 'needs root'),
}, async (t) => {
  const source = await sourceWithPod(t);
  execFileSync('mknod', [source.path('zero'), 'c', '1', '5']);
  await source.rescan();
  t.match(source.file('zero'), { state: 'ignored', reason: 'not a regular file' });
});

test('a name with dots in it is a name like others, unless it begins with one', async (t) => {
  const source = await sourceWithPod(t);
  for (const name of ['a..b', '..c', '...', 'd..']) writeFileSync(source.path(name), aPod(`p${name.length}`));
  await source.said('a..b: p4-node');
  await source.said('d..: p3-node');
  await source.rescan();
  for (const name of ['..c', '...']) t.match(source.file(name), { state: 'ignored', reason: /dot file/ });
});

test('a pod whose name or uid would lead out of its folder is invalid', async (t) => {
  const source = await sourceWithPod(t);
  for (const [name, metadata] of Object.entries({ name: { name: '../../etc' }, uid: { name: 'a', uid: '../../etc' } }))
    writeFileSync(source.path(name), aPod('x').replace(/"metadata":\{.*?\}/, `"metadata":${JSON.stringify(metadata)}`));
  await source.said('name: invalid');
  await source.said('uid: invalid');
});

test('a name that is not UTF-8 is refused until the file is renamed', async (t) => {
  const source = await sourceWithPod(t);
  const odd = Buffer.concat([Buffer.from(`${source.folder}/odd-`), Buffer.from([0xff])]);
  writeFileSync(odd, aPod('odd'));
  await source.said('odd-\ufffd: refused');
  t.match(source.file('odd-\ufffd'), { message: /is not UTF-8/, hint: /rename/ });
  renameSync(odd, source.path('odd'));
  await source.said('odd: odd-node');
  await source.said('odd-\ufffd: removed');
  t.equal(source.state(), 'present');
});

const fill = (source: SourceUnderTest, many: number): void => {
  for (let i = 0; i < many; i++) writeFileSync(source.path(`junk-${i}`), '');
};
const clear = (source: SourceUnderTest): void => {
  for (const name of readdirSync(source.folder)) if (name.startsWith('junk-')) rmSync(source.path(name));
};

test('in a folder with more files than are read what is known goes on, and what is new waits until it has fewer', async (t) => {
  const source = await sourceWithPod(t);
  fill(source, 3 * MOST_ENTRIES);
  await source.becomes('overfull');
  t.match(source.seen()?.message, /holds more than 1000 entries; what is new in it is not read/);
  writeFileSync(source.path('new'), aPod('new'));
  await source.rescan();
  t.equal(source.file('new'), undefined);
  t.equal(source.uidOf('good'), 'good-node');
  clear(source);
  await source.rescan();
  await source.becomes('present');
  await source.said('new: new-node');
  t.notOk(source.history.includes('good: removed'));
});

test('a folder that holds too much at the start is known to, and nothing of it is read', async (t) => {
  const source = new SourceUnderTest(t, read);
  fill(source, MOST_ENTRIES + 1);
  await source.start();
  t.equal(source.state(), 'overfull');
  t.same(source.history, []);
  mkdirSync(source.path('one-more'));
  clear(source);
  await source.rescan();
  await source.becomes('present');
});
