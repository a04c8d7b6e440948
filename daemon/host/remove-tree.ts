import { readdir, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BootletError, systemCodeOf } from '../errors.ts';
import { PathHandle } from './path-handle.ts';

/**
 * Removes a folder and all in it; one that is not there is no error. Never follows a link and never leaves the mount
 * that the folder's parent lies on, be it to the same file system: each folder is opened first and asked for its mount,
 * so that also what is mounted meanwhile keeps its content.
 * @throws BootletError E_VOLUME at the first mount it meets
 */
export const removeTree = async (path: string): Promise<void> => {
  try {
    await using parent = await PathHandle.folder(dirname(path));
    await using folder = await PathHandle.folder(path);
    await empty(folder, path, await parent.mountId());
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return;
    throw error;
  }
  await rmdir(path);
};

const empty = async (folder: PathHandle, path: string, mount: number): Promise<void> => {
  if ((await folder.mountId()) !== mount)
    throw new BootletError('E_VOLUME', `${path} is kept: something is mounted there`, { hint: `umount ${path}` });
  for (const entry of await readdir(folder.path, { withFileTypes: true })) {
    if (!entry.isDirectory()) {
      await unlink(`${folder.path}/${entry.name}`);
      continue;
    }
    {
      await using child = await folder.childFolder(entry.name);
      await empty(child, `${path}/${entry.name}`, mount);
    }
    await rmdir(`${folder.path}/${entry.name}`);
  }
};
