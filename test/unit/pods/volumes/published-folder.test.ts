import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { type PublishedFile, publishFiles } from '../../../../daemon/pods/volumes/published-folder.ts';

/** A folder to publish in; each file is its text, or its text and mode. */
const aFolder = (t: Test) => {
  const folder = t.testdir({});
  const publish = (files: Readonly<Record<string, string | PublishedFile>>, finish = async (_: string) => {}) => {
    const entries = Object.entries(files).map(([path, file]): [string, PublishedFile] => [
      path,
      typeof file === 'string' ? { text: file, mode: 0o644 } : file,
    ]);
    return publishFiles(folder, new Map(entries), new Date(0), finish);
  };
  const read = (path: string): Promise<string> => readFile(join(folder, path), 'utf8');
  return { folder, publish, read };
};

test('files are seen through links into a folder that can be swapped', async (t) => {
  const { folder, publish, read } = aFolder(t);
  await publish({ name: 'web', 'deep/er/file': { text: 'x', mode: 0o400 } });
  t.equal(await readlink(join(folder, 'name')), '..data/name');
  t.equal(await readlink(join(folder, 'deep')), '..data/deep');
  t.match(await readlink(join(folder, '..data')), /^\.\.1970_01_01_00_00_00\./);
  t.equal(await read('deep/er/file'), 'x');
  t.equal((await stat(join(folder, 'deep/er/file'))).mode & 0o777, 0o400);
});

test('the same content again changes nothing', async (t) => {
  const { folder, publish } = aFolder(t);
  await publish({ name: 'web' });
  const before = await readlink(join(folder, '..data'));
  await publish({ name: 'web' });
  t.equal(await readlink(join(folder, '..data')), before);
});

test('new content takes the place of the old in one step, and of the old nothing stays', async (t) => {
  const { folder, publish, read } = aFolder(t);
  await publish({ one: '1', gone: 'x' });
  const swapped: string[] = [];
  await publish({ one: '2', 'new/file': 'y' }, async () => void swapped.push(await read('one'), await read('gone')));
  t.same(swapped, ['1', 'x'], 'until the new folder is whole, the old one is seen');
  t.equal(await read('one'), '2');
  t.same((await readdir(folder)).filter((name) => !name.startsWith('..')).toSorted(), ['new', 'one']);
  t.equal((await readdir(folder)).filter((name) => name.startsWith('..')).length, 2);
});

test('what a daemon left that was killed on the way is put right', async (t) => {
  const { folder, publish, read } = aFolder(t);
  await publish({ one: '1' });
  await mkdir(join(folder, '..1970_half'));
  await symlink('..1970_half', join(folder, '..data_tmp'));
  await publish({ one: '2' });
  t.equal(await read('one'), '2');
  t.equal((await readdir(folder)).filter((name) => name.startsWith('..')).length, 2);
});

test('folders that something else is mounted on stay', async (t) => {
  const { folder, publish } = aFolder(t);
  await mkdir(join(folder, 'mounted'));
  await publish({ one: '1' });
  await publish({ two: '2' });
  t.same((await readdir(folder)).filter((name) => !name.startsWith('..')).toSorted(), ['mounted', 'two']);
});

test('a file that no one may read is compared all the same', async (t) => {
  const { folder, publish, read } = aFolder(t);
  await publish({ secret: { text: 'a', mode: 0o000 } });
  await publish({ secret: { text: 'b', mode: 0o000 } });
  t.equal(await read('secret'), 'b');
  await chmod(join(folder, '..data', 'secret'), 0o600);
  await writeFile(join(folder, '..data', 'secret'), 'tampered');
  await publish({ secret: { text: 'b', mode: 0o000 } });
  t.equal(await read('secret'), 'b');
});
