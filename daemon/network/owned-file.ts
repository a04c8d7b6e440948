import { constants } from 'node:fs';
import { access, mkdir, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BootletError, systemCodeOf } from '../errors.ts';
import { removeLeftover, syncFolder, writeFileAtomically } from '../host/atomic-file.ts';
import { type Original, partsOf } from '../host/ledger.ts';
import { isFolder, unless, unlessMissing } from '../host/missing.ts';
import { readTrusted, resolveTrusted } from '../host/trusted-file.ts';

/** A file of the host that bootlet writes, or a part of, as it is. */
export interface SeenFile {
  readonly path: string;
  /** A character for each byte (latin1), so that any content comes back as it was. Undefined: there is none. */
  readonly content: string | undefined;
  readonly mode: number;
  /** When its content, its mode or its name was changed last, ms since the epoch. */
  readonly changedAt: number | undefined;
  readonly hasFolder: boolean;
  /** Whether it can be written where it is: /etc may be read-only. */
  readonly isWritable: boolean;
}

export const MODE = 0o644;
/** Of one that may hold passwords, or that only root reads. */
export const PRIVATE = 0o600;
const FOLDER_MODE = 0o755;
const LARGEST = 2 ** 20;

const refused = (message: string, hint: string, cause?: unknown): BootletError =>
  new BootletError('E_NETWORK_REFUSED', message, { hint, cause, retryable: false });

/** Where the first folder is that is there, of those on the way. */
const isWritable = async (folder: string): Promise<boolean> => {
  try {
    await access(folder, constants.W_OK);
    return true;
  } catch (error) {
    return systemCodeOf(error) === 'ENOENT' && folder !== '/' && isWritable(dirname(folder));
  }
};

/** Without links. Undefined: there is no such file. */
const resolve = (path: string): Promise<string | undefined> => unlessMissing(resolveTrusted(path));

/** @throws BootletError E_NETWORK_REFUSED for what others than root can change, is no regular file or too large; system errors as they come */
export const readOwnedFile = async (path: string): Promise<SeenFile> => {
  try {
    const resolved = await resolve(path);
    const folder = dirname(resolved ?? path);
    const writable = isWritable(folder);
    if (resolved === undefined) {
      const hasFolder = await isFolder(folder);
      return { path, content: undefined, mode: MODE, changedAt: undefined, hasFolder, isWritable: await writable };
    }
    const [bytes, { mode, ctimeMs }] = await Promise.all([readTrusted(resolved, LARGEST), stat(resolved)]);
    return {
      path,
      content: Buffer.from(bytes).toString('latin1'),
      mode: mode & 0o7777,
      changedAt: ctimeMs,
      hasFolder: true,
      isWritable: await writable,
    };
  } catch (error) {
    if (error instanceof BootletError) throw refused(error.message, error.hint ?? `mend ${path}`, error);
    throw error;
  }
};

/** @param hint the way out @throws BootletError E_NETWORK_REFUSED */
export const checkWritable = ({ path, isWritable }: SeenFile, hint: string): void => {
  if (!isWritable) throw refused(`${path} cannot be written: it is on a read-only file system`, hint);
};

/** What a ledger keeps of it. */
export const originalOf = ({ content, mode, hasFolder }: SeenFile): Original => ({
  content: content ?? null,
  mode,
  hasFolder,
});

/** A link stays a link, and a file that is there its owner's. @param content a character for each byte (latin1) */
export const writeOwnedFile = async (path: string, content: string, mode: number): Promise<void> => {
  const resolved = (await resolve(path)) ?? path;
  await mkdir(dirname(resolved), { recursive: true, mode: FOLDER_MODE });
  const owner = await unlessMissing(stat(resolved));
  await writeFileAtomically(resolved, Buffer.from(content, 'latin1'), mode, owner);
};

/**
 * Removes what a cut may have left of a write, where the file itself is as it shall be.
 * @param keepsFolder false: its folder goes too, unless it holds something else
 */
export const tidyOwnedFile = async (path: string, keepsFolder: boolean): Promise<void> => {
  const resolved = (await resolve(path)) ?? path;
  await removeLeftover(resolved);
  if (!keepsFolder) await unless(['ENOENT', 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'EROFS'], rmdir(dirname(resolved)));
};

/** @param keepsFolder as for `tidyOwnedFile` */
export const removeOwnedFile = async (path: string, keepsFolder: boolean): Promise<void> => {
  const resolved = (await resolve(path)) ?? path;
  await unlessMissing(unlink(resolved));
  await unlessMissing(syncFolder(dirname(resolved)));
  await tidyOwnedFile(resolved, keepsFolder);
};

/** Makes the file what a ledger says that it was. */
export const giveBackFile = async (path: string, original: Original): Promise<void> => {
  const { content, mode, hasFolder } = partsOf(original);
  if (typeof content !== 'string') return removeOwnedFile(path, hasFolder !== false);
  return writeOwnedFile(path, content, typeof mode === 'number' ? mode : MODE);
};
