import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { BootletError } from '../errors.ts';

/** As many as the kernel follows (MAXSYMLINKS, path_resolution(7)). */
export const MOST_LINKS = 40;
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

const untrusted = (path: string, component: string, what: string, hint: string): BootletError => {
  const where = component === path ? '' : ` (on the way to ${path})`;
  return new BootletError('E_FILE_UNTRUSTED', `${component} ${what}${where}`, { hint, retryable: false });
};

/** Not to be mended by its mode: it may be /dev/null. */
const irregular = (path: string, component: string): BootletError =>
  untrusted(path, component, 'is not a regular file', 'put a regular file there');

/**
 * Others could change this component, or put something else in its place. In a sticky folder (/tmp) they cannot replace
 * what is not theirs, and that the entry below is not theirs is checked in its turn.
 */
const checkComponent = (path: string, component: string, stats: Stats): void => {
  if (stats.uid !== 0 && stats.uid !== process.geteuid?.()) {
    const mend = stats.isSymbolicLink() ? 'chown -h root' : 'chown root';
    throw untrusted(path, component, `belongs to user ${stats.uid}, not to root`, `${mend} ${component}`);
  }
  if (stats.isSymbolicLink()) return;
  if (!stats.isFile() && !stats.isDirectory()) throw irregular(path, component);
  const sticky = stats.isDirectory() && (stats.mode & STICKY) !== 0;
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0 && !sticky) {
    throw untrusted(path, component, 'can be changed by others than root', `chmod go-w ${component}`);
  }
};

/**
 * The path without links, after every component of it, and of every link on the way, was found to be root's (or the
 * user's that bootlet runs as) and not writable by others. Nobody else can then change what the result names.
 * @throws BootletError E_FILE_UNTRUSTED; system errors (ENOENT, …) as they come
 */
export const resolveTrusted = async (path: string): Promise<string> => {
  if (!isAbsolute(path)) throw new BootletError('E_INTERNAL', `${path} is not an absolute path`);
  let resolved = '/';
  let links = 0;
  const pending = path.split('/').reverse();
  checkComponent(path, resolved, await lstat(resolved));
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      resolved = dirname(resolved);
      continue;
    }
    const component = join(resolved, name);
    const stats = await lstat(component);
    checkComponent(path, component, stats);
    if (!stats.isSymbolicLink()) {
      resolved = component;
      continue;
    }
    if (++links > MOST_LINKS) throw untrusted(path, component, 'is one link too many', 'name the file itself');
    const target = await readlink(component);
    if (isAbsolute(target)) resolved = '/';
    pending.push(...target.split('/').reverse());
  }
  return resolved;
};

/**
 * Opens a regular file that only root can change, for reading. Never blocks on a pipe or a device.
 * @throws BootletError E_FILE_UNTRUSTED; system errors (ENOENT, …) as they come
 */
export const openTrusted = async (path: string): Promise<FileHandle> => {
  const resolved = await resolveTrusted(path);
  const handle = await open(resolved, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw irregular(path, resolved);
    checkComponent(path, resolved, stats);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
};

/** At most `limit` bytes of an open file, from its beginning. */
export const readUpTo = async (handle: FileHandle, limit: number): Promise<Uint8Array> => {
  const { size } = await handle.stat();
  let buffer = Buffer.alloc(Math.min(size, limit) + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    length += bytesRead;
    if (bytesRead === 0 || length >= limit) return buffer.subarray(0, Math.min(length, limit));
    if (length === buffer.length) buffer = Buffer.concat([buffer, Buffer.alloc(Math.min(buffer.length, limit))]);
  }
};

const READABLE_BY_OTHERS = 0o077;

/**
 * Reads a file that only root can change.
 * @throws BootletError E_FILE_UNTRUSTED, E_FILE_UNREADABLE when it holds more than `maxBytes`; system errors as they come
 */
export const readTrusted = async (path: string, maxBytes: number): Promise<Uint8Array> => {
  await using handle = await openTrusted(path);
  return await readWhole(handle, path, maxBytes);
};

/**
 * The same for a file that nobody but root may even read.
 * @throws as `readTrusted`
 */
export const readSecret = async (path: string, maxBytes: number): Promise<Uint8Array> => {
  await using handle = await openTrusted(path);
  const { mode } = await handle.stat();
  if ((mode & READABLE_BY_OTHERS) !== 0)
    throw untrusted(path, path, 'is a secret that others than root may read', `chmod 600 ${path}`);
  return await readWhole(handle, path, maxBytes);
};

const readWhole = async (handle: FileHandle, path: string, maxBytes: number): Promise<Uint8Array> => {
  const bytes = await readUpTo(handle, maxBytes + 1);
  if (bytes.length <= maxBytes) return bytes;
  throw new BootletError('E_FILE_UNREADABLE', `${path} holds more than ${maxBytes} bytes`, { retryable: false });
};
