import { constants } from 'node:fs';
import { open, readlink } from 'node:fs/promises';
import { BootletError } from '../errors.ts';
import { unless } from './missing.ts';
import { PathHandle } from './path-handle.ts';
import { MOST_LINKS, readUpTo } from './trusted-file.ts';

/**
 * Reads a file below a folder that others may change while we look. Links are followed as if the folder were the root of
 * everything, so that no path leads out of it (as securejoin does for the kubelet, but by descriptors: nothing can be
 * exchanged between the check and the use). Never blocks on a pipe or a device.
 * @throws BootletError E_FILE_UNREADABLE when it is no regular file, or holds more than `maxBytes`; system errors as they come
 */
export const readRooted = async (root: string, path: string, maxBytes: number): Promise<Uint8Array> => {
  await using top = await PathHandle.folder(root);
  // From below the root to where the walk is.
  const walked: PathHandle[] = [];
  const here = (): PathHandle => walked.at(-1) ?? top;
  try {
    const pending = path.split('/').reverse();
    let links = 0;
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (name === '' || name === '.') continue;
      if (name === '..') {
        await walked.pop()?.[Symbol.asyncDispose]();
        continue;
      }
      const target = await linkTarget(`${here().path}/${name}`);
      if (target === undefined) {
        walked.push(await here().entry(name));
        continue;
      }
      links += 1;
      if (links > MOST_LINKS) throw unreadable(`${path} leads through too many links`);
      if (target.startsWith('/')) await closeAll(walked.splice(0));
      pending.push(...target.split('/').reverse());
    }
    // A link that took the place of what the walk found is not opened by its descriptor: ELOOP.
    if (!(await here().stat()).isFile()) throw unreadable(`${path} is not a regular file`);
    await using file = await open(here().path, constants.O_RDONLY | constants.O_NONBLOCK);
    const bytes = await readUpTo(file, maxBytes + 1);
    if (bytes.length > maxBytes) throw unreadable(`${path} holds more than ${maxBytes} bytes`);
    return bytes;
  } finally {
    await closeAll(walked);
  }
};

const unreadable = (message: string): BootletError => new BootletError('E_FILE_UNREADABLE', message);

const closeAll = async (handles: readonly PathHandle[]): Promise<void> => {
  for (const handle of handles) await handle[Symbol.asyncDispose]();
};

/** Undefined for what is no link. */
const linkTarget = (path: string): Promise<string | undefined> => unless(['EINVAL'], readlink(path));
