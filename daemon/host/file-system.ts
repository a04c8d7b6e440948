import { statfs } from 'node:fs/promises';

/** How full a file system is, in bytes and inodes. */
export interface FileSystemUsage {
  readonly capacity: number;
  /** What others than root may still take. */
  readonly available: number;
  readonly used: number;
  readonly inodes: number;
  readonly inodesFree: number;
}

/** The file system that holds a path. @throws system errors (ENOENT, …) as they come */
export const fileSystemOf = async (path: string): Promise<FileSystemUsage> => {
  const { bsize, blocks, bavail, bfree, files, ffree } = await statfs(path);
  return {
    capacity: blocks * bsize,
    available: bavail * bsize,
    used: (blocks - bfree) * bsize,
    inodes: files,
    inodesFree: ffree,
  };
};
