import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { readRooted } from '../../../daemon/host/rooted-file.ts';

const text = async (root: string, path: string, maxBytes = 100) =>
  Buffer.from(await readRooted(root, path, maxBytes)).toString('utf8');

test('a file below the root is read, and links are followed as if the root were /', async (t) => {
  const root = t.testdir({ outside: 'secret', root: { folder: { file: 'inside' } } });
  const inner = join(root, 'root');
  await symlink('/folder/file', join(inner, 'absolute'));
  await symlink('../../../folder/file', join(inner, 'folder', 'climbing'));
  await symlink('folder', join(inner, 'to-folder'));
  for (const path of ['folder/file', '/folder/./file', 'absolute', 'folder/climbing', 'to-folder/file'])
    t.equal(await text(inner, path), 'inside', path);
});

test('no link leads out', async (t) => {
  const root = t.testdir({ outside: 'secret', root: {} });
  await symlink('../outside', join(root, 'root', 'up'));
  await symlink(join(root, 'outside'), join(root, 'root', 'absolute'));
  for (const path of ['up', 'absolute', '../outside'])
    await t.rejects(text(join(root, 'root'), path), { code: 'ENOENT' });
});

test('what is no file of at most the size is refused, without waiting', async (t) => {
  const root = t.testdir({});
  await mkdir(join(root, 'folder'));
  await writeFile(join(root, 'large'), 'x'.repeat(101));
  await symlink('loop', join(root, 'loop'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  for (const path of ['folder', 'large', 'loop', 'pipe', ''])
    await t.rejects(text(root, path), { code: 'E_FILE_UNREADABLE' }, path);
});
