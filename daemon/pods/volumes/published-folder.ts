import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemCodeOf } from '../../errors.ts';
import { unlessMissing } from '../../host/missing.ts';

export interface PublishedFile {
  readonly text: string;
  readonly mode: number;
}

/** By path relative to the folder, clean and without `..`. */
export type PublishedFiles = ReadonlyMap<string, PublishedFile>;

/** Points to the folder that counts; changing it changes all files in one step. */
const DATA = '..data';
const NEXT_DATA = '..data_tmp';

/**
 * Makes a folder show exactly these files. Readers see the old ones or the new ones, never some of both: what they open
 * are links through `..data` into a folder that is swapped whole (pkg/volume/util/atomic_writer.go). The same content
 * again changes nothing. May be cut at any point and called again; one call at a time.
 * @param finish is called with the new folder before anyone sees it
 */
export const publishFiles = async (
  folder: string,
  files: PublishedFiles,
  now: Date,
  finish: (dataFolder: string) => Promise<void>,
): Promise<void> => {
  const current = await unlessMissing(readlink(join(folder, DATA)));
  const isNew = current === undefined || !(await isSame(join(folder, current), files));
  const data = isNew ? await writeData(folder, files, now, finish) : current;
  if (isNew) {
    await rm(join(folder, NEXT_DATA), { force: true });
    await symlink(data, join(folder, NEXT_DATA));
    await rename(join(folder, NEXT_DATA), join(folder, DATA));
  }
  const visible = new Set([...files.keys()].map((path) => path.split('/')[0] ?? path));
  const there = await readdir(folder, { withFileTypes: true });
  const names = new Set(there.map(({ name }) => name));
  for (const name of visible) if (!names.has(name)) await symlink(join(DATA, name), join(folder, name));
  // Links to what is gone, and the folders of before; also what a cut call left. Mount points stay.
  for (const entry of there) {
    const { name } = entry;
    const isOld = name.startsWith('..') ? name !== DATA && name !== data : entry.isSymbolicLink() && !visible.has(name);
    if (isOld) await rm(join(folder, name), { recursive: true, force: true });
  }
};

const isSame = async (data: string, files: PublishedFiles): Promise<boolean> => {
  try {
    const there = await readdir(data, { recursive: true, withFileTypes: true });
    if (there.filter((entry) => !entry.isDirectory()).length !== files.size) return false;
    for (const [path, { text }] of files) if ((await readFile(join(data, path), 'utf8')) !== text) return false;
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return false;
    throw error;
  }
};

const writeData = async (
  folder: string,
  files: PublishedFiles,
  now: Date,
  finish: (dataFolder: string) => Promise<void>,
): Promise<string> => {
  const stamp = now.toISOString().slice(0, 19).replace(/[-T:]/g, '_');
  const data = await mkdtemp(join(folder, `..${stamp}.`));
  await chmod(data, 0o755);
  for (const [path, { text, mode }] of files) {
    const file = join(data, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(file, text, { mode });
    await chmod(file, mode);
  }
  await finish(data);
  return data.slice(folder.length + 1);
};
