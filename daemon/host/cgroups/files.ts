import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BootletError, messageOf, systemCodeOf } from '../../errors.ts';

/** One file of a group and what is to be in it. */
export interface Setting {
  readonly file: string;
  readonly value: string;
}

/** @throws BootletError E_CGROUP */
export const makeGroup = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new BootletError('E_CGROUP', `cannot make the cgroup ${folder}: ${messageOf(error)}`, { cause: error });
  }
};

/** Writes what it can; resolves with what it could not. */
export const writeSettings = async (folder: string, settings: readonly Setting[]): Promise<readonly string[]> => {
  const failed: string[] = [];
  for (const { file, value } of settings) {
    try {
      await writeFile(join(folder, file), value);
    } catch (error) {
      failed.push(`${file}: ${systemCodeOf(error) ?? messageOf(error)}`);
    }
  }
  return failed;
};

/** Removes a group and those below it, which is allowed only while they hold no process. @throws BootletError E_CGROUP */
export const removeGroup = async (folder: string): Promise<void> => {
  try {
    for (const entry of await readdir(folder, { withFileTypes: true }))
      if (entry.isDirectory()) await removeGroup(join(folder, entry.name));
    await rmdir(folder);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return;
    throw error instanceof BootletError
      ? error
      : new BootletError('E_CGROUP', `cannot remove the cgroup ${folder}: ${messageOf(error)}`, { cause: error });
  }
};

/** `2Mi` as the kernel's files name it: `2MB`. */
const pageSizeName = (size: string): string => size.replace(/i$/, 'B');

/**
 * The limits of huge pages, as the files of one group: `hugetlb.2MB.` and an ending. A size that was not asked for is 0.
 * @param present the group's own files, which tell what sizes there are
 */
export const hugePageSettings = (
  present: readonly string[],
  asked: ReadonlyMap<string, bigint>,
  ending: string,
): readonly Setting[] => {
  const bySize = new Map([...asked].map(([size, bytes]) => [pageSizeName(size), bytes]));
  return present.flatMap((file) => {
    const [, size = ''] = /^hugetlb\.(\d+[KMG]B)\.(\w+)$/.exec(file) ?? [];
    return file === `hugetlb.${size}.${ending}` ? [{ file, value: String(bySize.get(size) ?? 0) }] : [];
  });
};
