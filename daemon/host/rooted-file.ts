import { constants } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { BootletError, systemCodeOf } from '../errors.ts';
import { O_PATH } from './path-handle.ts';
import { MOST_LINKS, readUpTo } from './trusted-file.ts';

/**
 * Reads a file below a folder that others may change while we look. Links are followed as if the folder were the root of
 * everything, so that no path leads out of it (as securejoin does for the kubelet, but by descriptors: nothing can be
 * exchanged between the check and the use). Never blocks on a pipe or a device.
 * @throws BootletError E_FILE_UNREADABLE when it is no regular file, or holds more than `maxBytes`; system errors as they come
 */
export const readRooted = async (root: string, path: string, maxBytes: number): Promise<Uint8Array> => {
  // Open descriptors from the root down to where the walk is.
  const walked: FileHandle[] = [await open(root, O_PATH | constants.O_DIRECTORY)];
  const here = (): string => `/proc/self/fd/${walked.at(-1)?.fd}`;
  try {
    const pending = path.split('/').reverse();
    let links = 0;
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (name === '' || name === '.') continue;
      if (name === '..') {
        if (walked.length > 1) await walked.pop()?.close();
        continue;
      }
      const target = await linkTarget(`${here()}/${name}`);
      if (target === undefined) {
        walked.push(await open(`${here()}/${name}`, O_PATH | constants.O_NOFOLLOW));
        continue;
      }
      links += 1;
      if (links > MOST_LINKS) throw unreadable(`${path} leads through too many links`);
      if (target.startsWith('/')) for (const folder of walked.splice(1)) await folder.close();
      pending.push(...target.split('/').reverse());
    }
    // A link that took the place of what the walk found is not opened by its descriptor: ELOOP.
    if (!(await walked.at(-1)?.stat())?.isFile()) throw unreadable(`${path} is not a regular file`);
    const file = await open(here(), constants.O_RDONLY | constants.O_NONBLOCK);
    walked.push(file);
    const bytes = await readUpTo(file, maxBytes + 1);
    if (bytes.length > maxBytes) throw unreadable(`${path} holds more than ${maxBytes} bytes`);
    return bytes;
  } finally {
    for (const folder of walked) await folder.close();
  }
};

const unreadable = (message: string): BootletError => new BootletError('E_FILE_UNREADABLE', message);

/** Undefined for what is no link. */
const linkTarget = async (path: string): Promise<string | undefined> => {
  try {
    return await readlink(path);
  } catch (error) {
    if (systemCodeOf(error) === 'EINVAL') return undefined;
    throw error;
  }
};
