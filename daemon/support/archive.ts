import { constants } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { unless } from '../host/missing.ts';
import { tar } from '../host/tar.ts';

/**
 * A .tar.gz of files that their owner only may read, made in memory: a folder that others may write, such as the working
 * folder, is no place for root to stage anything.
 * @param top name of the one folder in the archive
 * @param files content by path below `top`
 */
export const packed = (top: string, files: ReadonlyMap<string, string>, now: Date): Promise<Buffer> => {
  const modified = Math.floor(now.getTime() / 1000);
  const entries = [...files].map(([name, text]) => ({
    name: `${top}/${name}`,
    mode: 0o600,
    content: Buffer.from(text),
    modified,
  }));
  return promisify(gzip)(tar(entries));
};

/**
 * Writes a new file, 0600, never over or through anything that has its name: O_EXCL follows no link (open(2)). The folder
 * is held open, so that what is removed after a write that failed is what was made, wherever its path leads by then. No
 * file system needs to know hard links for it: a stick has none.
 * @throws system errors, EEXIST where there is something of that name; nothing is left then
 */
export const writeNewFile = async (path: string, content: Uint8Array): Promise<void> => {
  await using folder = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  const place = `/proc/self/fd/${folder.fd}/${basename(path)}`;
  await using file = await open(place, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    await unlink(place).catch(() => undefined);
    throw error;
  }
  // Some file systems of a network know no sync of a folder.
  await unless(['EINVAL'], folder.sync());
};
