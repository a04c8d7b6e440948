import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { folderUsage } from '../../../daemon/host/folder-usage.ts';

test('a file counts once, however many names it has', async (t) => {
  const folder = t.testdir({});
  writeFileSync(join(folder, 'a'), 'x'.repeat(20_000));
  const one = await folderUsage(folder, 100);
  mkdirSync(join(folder, 'sub'));
  linkSync(join(folder, 'a'), join(folder, 'sub/b'));
  const two = await folderUsage(folder, 100);
  t.equal(one?.inodes, 2);
  t.equal(two?.inodes, 3);
  t.ok((one?.bytes ?? 0) >= 20_000);
  t.ok((two?.bytes ?? 0) - (one?.bytes ?? 0) < 20_000);
});

test('a folder with too many files, and one that is not there, have no answer', async (t) => {
  const folder = t.testdir({ a: '', b: '', c: '' });
  t.equal(await folderUsage(folder, 3), undefined);
  t.equal((await folderUsage(folder, 4))?.inodes, 4);
  t.equal(await folderUsage(join(folder, 'none'), 4), undefined);
});
