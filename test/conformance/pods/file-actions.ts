import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../lab/run.ts';
import type { ExpectedFiles, FileAction } from './expectation.ts';

/** Carries out one action of a case below its folder. */
export const carryOut = async (folder: string, action: FileAction): Promise<void> => {
  const path = join(folder, action.path);
  switch (action.do) {
    case 'write':
      await writeFile(path, action.content ?? '');
      return setMode(path, action.mode);
    case 'mkdir':
      await mkdir(path);
      return setMode(path, action.mode);
    case 'symlink':
      return symlink(action.target, path);
    case 'remove':
      return rm(path, { recursive: true });
    case 'mount-tmpfs':
      await run('mount', ['-t', 'tmpfs', 'tmpfs', path]);
      return;
    case 'unmount':
      await run('umount', [path]);
      return;
  }
};

/** The mode of a new file would be cut by the umask. */
const setMode = async (path: string, mode: string | undefined): Promise<void> => {
  if (mode !== undefined) await chmod(path, Number.parseInt(mode, 8));
};

/** What the files of a case hold: undefined for one that does not exist. */
export const readFiles = async (
  folder: string,
  files: ExpectedFiles = {},
): Promise<ReadonlyMap<string, string | undefined>> =>
  new Map(
    await Promise.all(Object.keys(files).map(async (path) => [path, await readIfThere(join(folder, path))] as const)),
  );

const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};
