import { linkSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { folderUsage } from '../../../daemon/host/folder-usage.ts';
import { removeTree } from '../../../daemon/host/remove-tree.ts';

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

/** As long as a name may be. */
const LONG = 'n'.repeat(255);

test('folders below each other count however long their path, up to a thousand', async (t) => {
  for (const [depth, inodes] of [
    [50, 51],
    [1000, undefined],
  ] as const) {
    const folder = join(t.testdir({ deep: {} }), 'deep');
    mkdirSync(join(folder, LONG));
    // Made from below, since the whole path is longer than the kernel takes.
    for (let made = 1; made < depth; made++) {
      mkdirSync(join(folder, 'above'));
      renameSync(join(folder, LONG), join(folder, 'above', LONG));
      renameSync(join(folder, 'above'), join(folder, LONG));
    }
    t.equal((await folderUsage(folder, 100_000))?.inodes, inodes);
    await removeTree(folder);
  }
});
