import type { Dirent } from 'node:fs';
import { readdir, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BootletError } from '../errors.ts';
import { unlessMissing } from './missing.ts';
import { PathHandle } from './path-handle.ts';

/**
 * Removes a folder and all in it; one that is not there is no error. Never follows a link and never leaves the mount
 * that the folder's parent lies on, be it to the same file system: each folder is opened first and asked for its mount,
 * so that also what is mounted meanwhile keeps its content.
 * @throws BootletError E_VOLUME at the first mount it meets
 */
export const removeTree = async (path: string): Promise<void> => {
  await unlessMissing(removeFolder(path));
};

const removeFolder = async (path: string): Promise<void> => {
  {
    await using parent = await PathHandle.folder(dirname(path));
    await using folder = await PathHandle.folder(path);
    await empty(folder, path, await parent.mountId());
  }
  await rmdir(path);
};

const empty = async (folder: PathHandle, path: string, mount: number): Promise<void> => {
  if ((await folder.mountId()) !== mount)
    throw new BootletError('E_VOLUME', `${path} is kept: something is mounted there`, { hint: `umount ${path}` });
  // What someone else removed meanwhile must not end the removal of the rest.
  for (const entry of await readdir(folder.path, { withFileTypes: true }))
    await unlessMissing(removeEntry(folder, entry, path, mount));
};

const removeEntry = async (folder: PathHandle, entry: Dirent, path: string, mount: number): Promise<void> => {
  const place = `${folder.path}/${entry.name}`;
  if (!entry.isDirectory()) return unlink(place);
  {
    await using child = await folder.childFolder(entry.name);
    await empty(child, `${path}/${entry.name}`, mount);
  }
  await rmdir(place);
};
