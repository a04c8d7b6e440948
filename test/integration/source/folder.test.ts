import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { SourceUnderTest } from '../../support/file-source.ts';
import { missing, skipUnless } from '../../support/requires.ts';

const asRoot = { skip: skipUnless(process.geteuid?.() === 0, 'needs root') };

test('a folder that is empty and was never seen before is present', async (t) => {
  const source = new SourceUnderTest(t);
  await source.start();
  t.equal(source.state(), 'present');
});

test('a deleted folder has vanished, its files stay as they were, and the next one counts once something is in it', async (t) => {
  const source = new SourceUnderTest(t);
  writeFileSync(source.path('a'), 'pod a 1');
  await source.start();
  rmSync(source.folder, { recursive: true });
  await source.becomes('vanished');
  mkdirSync(source.folder);
  await source.rescan();
  t.equal(source.state(), 'vanished', 'an empty folder in its place changes nothing');
  t.match(source.file('a'), { state: 'valid' });
  writeFileSync(source.path('b'), 'pod b 1');
  await source.becomes('present');
  await source.said('a: removed');
  t.match(source.file('b'), { state: 'valid' });
});

test('a folder that was renamed away and comes back restarts nothing', async (t) => {
  const source = new SourceUnderTest(t);
  writeFileSync(source.path('a'), 'pod a 1');
  await source.start();
  renameSync(source.folder, join(source.root, 'elsewhere'));
  await source.becomes('vanished');
  renameSync(join(source.root, 'elsewhere'), source.folder);
  await source.becomes('present');
  t.same(source.history, ['a: pod a 1']);
});

test('changes are seen as they happen after the folder came back', async (t) => {
  const source = new SourceUnderTest(t);
  await source.start();
  renameSync(source.folder, join(source.root, 'elsewhere'));
  await source.becomes('vanished');
  renameSync(join(source.root, 'elsewhere'), source.folder);
  await source.becomes('present');
  await source.rescan();
  writeFileSync(join(source.root, 'new'), 'pod a 1');
  renameSync(join(source.root, 'new'), source.path('a'));
  await source.said('a: pod a 1');
});

test('a folder that vanished while bootlet was away is known to have', async (t) => {
  const source = new SourceUnderTest(t);
  writeFileSync(source.path('a'), 'pod a 1');
  await source.start();
  await source.stop();
  rmSync(source.folder, { recursive: true });
  mkdirSync(source.folder);
  await source.start();
  t.equal(source.state(), 'vanished');
});

test('files that were all removed while bootlet was away are removed, not vanished', async (t) => {
  const source = new SourceUnderTest(t);
  writeFileSync(source.path('a'), 'pod a 1');
  await source.start();
  await source.stop();
  rmSync(source.path('a'));
  await source.start();
  t.equal(source.state(), 'present');
});

test('an empty folder in the place of an empty one is no loss', async (t) => {
  const source = new SourceUnderTest(t);
  await source.start();
  await source.stop();
  rmSync(source.folder, { recursive: true });
  mkdirSync(source.folder);
  await source.start();
  t.equal(source.state(), 'present');
});

test('a file in the place of the folder is no folder', async (t) => {
  const source = new SourceUnderTest(t);
  writeFileSync(source.path('a'), 'pod a 1');
  await source.start();
  rmSync(source.folder, { recursive: true });
  writeFileSync(source.folder, '');
  await source.becomes('vanished');
  t.match(source.file('a'), { state: 'valid' });
});

test('a folder that is a link is followed, and switched with the link', async (t) => {
  const source = new SourceUnderTest(t);
  renameSync(source.folder, join(source.root, 'v1'));
  mkdirSync(join(source.root, 'v2'));
  writeFileSync(join(source.root, 'v1/a'), 'pod a 1');
  writeFileSync(join(source.root, 'v2/a'), 'pod a 2');
  symlinkSync('v1', source.folder);
  await source.start();
  t.same(source.history, ['a: pod a 1']);
  symlinkSync('v2', join(source.root, 'next'));
  renameSync(join(source.root, 'next'), source.folder);
  await source.rescan();
  await source.said('a: pod a 2');
  t.same(source.history, ['a: pod a 1', 'a: pod a 2']);
});

test('while others may remove files from the folder, it is not trusted', async (t) => {
  const source = new SourceUnderTest(t);
  writeFileSync(source.path('a'), 'pod a 1');
  await source.start();
  chmodSync(source.folder, 0o777);
  rmSync(source.path('a'));
  await source.becomes('untrusted');
  chmodSync(source.folder, 0o755);
  await source.becomes('present');
});

test('a folder of another user is not trusted', asRoot, async (t) => {
  const source = new SourceUnderTest(t);
  writeFileSync(source.path('a'), 'pod a 1');
  chownSync(source.folder, 65534, 65534);
  await source.start();
  await source.said('a: refused');
  t.equal(source.state(), 'untrusted');
  t.match(source.file('a'), { hint: `chown root ${source.folder}` });
});

test('a disk that cannot be written makes no pass fail', async (t) => {
  const source = new SourceUnderTest(t);
  mkdirSync(join(source.root, 'folder.json/in-the-way'), { recursive: true });
  await source.start();
  t.match(source.seen(), { state: 'present', message: '' });
});

test('an empty file system mounted over the folder stops nothing, and unmounted again restarts nothing', {
  skip: missing('mount', 'umount') || asRoot.skip,
}, async (t) => {
  const source = new SourceUnderTest(t);
  writeFileSync(source.path('a'), 'pod a 1');
  await source.start();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', source.folder]);
  let mounted = true;
  t.teardown(() => mounted && execFileSync('umount', [source.folder]));
  await source.rescan();
  t.equal(source.state(), 'vanished');
  execFileSync('umount', [source.folder]);
  mounted = false;
  await source.becomes('present');
  await source.rescan();
  t.same(source.history, ['a: pod a 1']);
});

test('a mounted folder that is unmounted has vanished until it is mounted again', {
  skip: missing('mount', 'umount') || asRoot.skip,
}, async (t) => {
  const source = new SourceUnderTest(t);
  const disk = join(source.root, 'disk');
  mkdirSync(disk);
  writeFileSync(join(disk, 'a'), 'pod a 1');
  const mount = (): void => void execFileSync('mount', ['--bind', disk, source.folder]);
  const unmount = (): void => void execFileSync('umount', [source.folder]);
  mount();
  t.teardown(unmount);
  await source.start();
  unmount();
  await source.rescan();
  t.equal(source.state(), 'vanished');
  mount();
  await source.becomes('present');
  await source.rescan();
  t.same(source.history, ['a: pod a 1']);
});

test('another file system with manifests mounted over the folder is the truth', {
  skip: missing('mount', 'umount') || asRoot.skip,
}, async (t) => {
  const source = new SourceUnderTest(t);
  const disk = join(source.root, 'disk');
  mkdirSync(disk);
  writeFileSync(join(disk, 'b'), 'pod b 1');
  writeFileSync(source.path('a'), 'pod a 1');
  await source.start();
  execFileSync('mount', ['--bind', disk, source.folder]);
  t.teardown(() => void execFileSync('umount', [source.folder]));
  await source.rescan();
  await source.said('a: removed');
  t.same(source.history, ['a: pod a 1', 'b: pod b 1', 'a: removed']);
});
