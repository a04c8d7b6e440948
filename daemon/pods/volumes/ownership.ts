import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What an fsGroup adds to modes (pkg/volume/volume_linux.go changeFilePermission). */
const bits = (readOnly: boolean) => {
  const file = readOnly ? 0o440 : 0o660;
  return { file, folder: file | 0o2110 };
};

/** The mode of a volume's folder once it is given to a group. */
export const groupFolderMode = (mode: number, readOnly: boolean): number => mode | bits(readOnly).folder;

/** Gives a volume and all in it to a group; links are handed over but not followed. Only while nothing of the pod runs. */
export const giveToGroup = async (path: string, group: number, readOnly: boolean): Promise<void> => {
  const there = await lstat(path);
  if (there.isDirectory()) for (const name of await readdir(path)) await giveToGroup(join(path, name), group, readOnly);
  await lchown(path, -1, group);
  if (there.isSymbolicLink()) return;
  const added = there.isDirectory() ? bits(readOnly).folder : bits(readOnly).file;
  await chmod(path, (there.mode & 0o7777) | added);
};
