import { readdir, stat } from 'node:fs/promises';
import { systemCodeOf } from '../errors.ts';

/** What a look at a file tells; undefined where there is no such file. Other errors as they come. */
export const unlessMissing = async <T>(look: Promise<T>): Promise<T | undefined> => unless(['ENOENT'], look);

/** What work gives; undefined where it fails with one of these system or bootlet codes. */
export const unless = async <T>(codes: readonly string[], work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (codes.includes(systemCodeOf(error) ?? '')) return undefined;
    throw error;
  }
};

/** The same where nothing is there, or nothing that can be followed to. */
export const unlessUnreachable = async <T>(look: Promise<T>): Promise<T | undefined> =>
  unless(['ENOENT', 'ENOTDIR', 'ELOOP'], look);

/** Follows links. */
export const isFolder = async (path: string): Promise<boolean> =>
  (await unlessMissing(stat(path)))?.isDirectory() ?? false;

/** None where there is no such folder. */
export const namesIn = async (folder: string): Promise<readonly string[]> =>
  (await unlessMissing(readdir(folder))) ?? [];
