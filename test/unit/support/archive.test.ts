import { readdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { test } from 'tap';
import { packed, writeNewFile } from '../../../daemon/support/archive.ts';

test('an archive holds each file below its one folder, at the time that it was made', async (t) => {
  const files = new Map([
    ['contents.txt', 'the contents'],
    ['host/uname.txt', 'Linux\n'],
  ]);
  const text = gunzipSync(await packed('bundle', files, new Date(8 ** 6 * 1000))).toString('latin1');
  t.match(text, /^bundle\/contents\.txt\0/);
  t.match(text, /\0bundle\/host\/uname\.txt\0/);
  t.equal(text.slice(136, 148), '00001000000\0');
  t.equal(text.slice(512, 524), 'the contents');
});

test('a new file is 0600 and alone in its folder', async (t) => {
  const dir = t.testdir();
  await writeNewFile(join(dir, 'a'), Buffer.from('x'));
  t.equal(await readFile(join(dir, 'a'), 'utf8'), 'x');
  t.equal((await stat(join(dir, 'a'))).mode & 0o777, 0o600);
  t.same(await readdir(dir), ['a']);
});

test('no file is written over, and none through a link, also not through one that leads nowhere', async (t) => {
  const dir = t.testdir({ mine: 'mine' });
  await symlink('mine', join(dir, 'link'));
  await symlink('nowhere', join(dir, 'dangling'));
  for (const name of ['mine', 'link', 'dangling'])
    await t.rejects(writeNewFile(join(dir, name), Buffer.from('x')), { code: 'EEXIST' }, name);
  t.equal(await readFile(join(dir, 'mine'), 'utf8'), 'mine');
  t.same(await readdir(dir), ['dangling', 'link', 'mine']);
});
