import { constants } from 'node:fs';
import { access, lstat, mkdir, readFile, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BootletError, messageOf } from '../errors.ts';
import { syncFolder, writeFileAtomically } from '../host/atomic-file.ts';
import { type Original, partsOf } from '../host/ledger.ts';
import { unless, unlessMissing } from '../host/missing.ts';

/** A file as it is. */
export interface SeenFile {
  readonly path: string;
  /** A character for each byte (latin1), so that any content comes back as it was. Undefined: there is none. */
  readonly content: string | undefined;
  readonly mode: number;
  readonly hasFolder: boolean;
}

export const MODE = 0o644;

const refused = (path: string, what: string, hint: string): BootletError =>
  new BootletError('E_NETWORK_REFUSED', `${path} ${what}`, { hint, retryable: false });

/**
 * @param hint the way out where it can be none of bootlet's
 * @throws BootletError E_NETWORK_REFUSED for what is no regular file; system errors as they come
 */
export const readOwnedFile = async (path: string, hint: string): Promise<SeenFile> => {
  const stats = await unless(['ENOENT', 'ENOTDIR'], lstat(path));
  if (stats === undefined) {
    return {
      path,
      content: undefined,
      mode: MODE,
      hasFolder: (await unlessMissing(lstat(dirname(path)))) !== undefined,
    };
  }
  if (!stats.isFile()) throw refused(path, 'is no regular file', hint);
  return { path, content: await readFile(path, 'latin1'), mode: stats.mode & 0o7777, hasFolder: true };
};

/**
 * @param hint the way out
 * @throws BootletError E_NETWORK_REFUSED where the file cannot be written: /etc may be read-only
 */
export const checkWritable = async ({ path, hasFolder }: SeenFile, hint: string): Promise<void> => {
  const folder = dirname(path);
  try {
    await access(hasFolder ? folder : dirname(folder), constants.W_OK);
  } catch (error) {
    throw refused(path, `cannot be written: ${messageOf(error)}`, hint);
  }
};

/** What a ledger keeps of it. */
export const originalOf = ({ content, mode, hasFolder }: SeenFile): Original => ({
  content: content ?? null,
  mode,
  hasFolder,
});

export const writeOwnedFile = async (path: string, content: string, mode: number): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomically(path, Buffer.from(content, 'latin1'), mode);
};

/** Makes the file what a ledger says that it was. */
export const giveBackFile = async (path: string, original: Original): Promise<void> => {
  const { content, mode, hasFolder } = partsOf(original);
  if (typeof content === 'string') return writeOwnedFile(path, content, typeof mode === 'number' ? mode : MODE);
  await unlessMissing(unlink(path));
  if (hasFolder === false) await unless(['ENOENT', 'ENOTEMPTY', 'EEXIST'], rmdir(dirname(path)));
  else await unlessMissing(syncFolder(dirname(path)));
};
