import { type FileHandle, lstat, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { unlessMissing } from './missing.ts';

const withHandle = async (handle: FileHandle, work: (handle: FileHandle) => Promise<void>): Promise<void> => {
  try {
    await work(handle);
  } finally {
    await handle.close();
  }
};

/** Makes what was renamed, created or removed in the folder outlive a power cut. */
export const syncFolder = async (folder: string): Promise<void> =>
  withHandle(await open(folder, 'r'), (handle) => handle.sync());

/** Whose a file is to be. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const temporaryOf = (path: string): string => join(dirname(path), `.${basename(path)}.tmp`);

/**
 * Replaces a file whole: at any instant, also after a power cut, it holds its old content or the new one. What a crash
 * leaves over, `.NAME.tmp` beside it, the next write takes, or `removeLeftover`: a file has one writer, one write at a time.
 */
export const writeFileAtomically = async (...file: Parameters<typeof replaceFile>): Promise<void> => {
  await replaceFile(...file);
  await syncFolder(dirname(file[0]));
};

/**
 * The same for one of many files of a folder: which of them outlive a power cut is settled by `syncFolder` after the last.
 * @param mode of the file, whatever the umask; 0600 unless told otherwise
 * @param owner bootlet's own user unless told otherwise
 */
export const replaceFile = async (
  path: string,
  data: string | Uint8Array,
  mode = 0o600,
  owner?: Owner,
): Promise<void> => {
  const temporary = temporaryOf(path);
  try {
    await withHandle(await open(temporary, 'w', mode), async (handle) => {
      await handle.chmod(mode);
      if (owner !== undefined) await handle.chown(owner.uid, owner.gid);
      await handle.writeFile(data);
      await handle.sync();
    });
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
};

/** Removes what a crash may have left of a write of the file. On a read-only file system that is no error where there is nothing. */
export const removeLeftover = async (path: string): Promise<void> => {
  const temporary = temporaryOf(path);
  if ((await unlessMissing(lstat(temporary))) !== undefined) await unlink(temporary);
};
