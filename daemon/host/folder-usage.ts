import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCodeOf } from '../errors.ts';

export interface FolderUsage {
  /** What its files take on the disk, bytes. */
  readonly bytes: number;
  readonly inodes: number;
}

/** A block of st_blocks, whatever the file system's own; stat(2). */
const BLOCK_BYTES = 512;

/**
 * What du(1) says of a folder: every file once however many names it has, and nothing of other file systems. What
 * vanishes meanwhile does not count.
 * @param limit how many files are worth the look; undefined is the answer when there are more, and when there is no such folder
 */
export const folderUsage = async (folder: string, limit: number): Promise<FolderUsage | undefined> => {
  const root = await statOf(folder);
  if (root === undefined) return undefined;
  const seen = new Set<number>([root.ino]);
  let blocks = root.blocks;
  const pending = [folder];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    for await (const entry of entriesOf(path)) {
      const child = join(path, entry);
      const stats = await statOf(child);
      if (stats === undefined || stats.dev !== root.dev || seen.has(stats.ino)) continue;
      if (seen.size >= limit) return undefined;
      seen.add(stats.ino);
      blocks += stats.blocks;
      if (stats.isDirectory()) pending.push(child);
    }
  }
  return { bytes: blocks * BLOCK_BYTES, inodes: seen.size };
};

const isGone = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error) ?? '');

const statOf = async (path: string) => {
  try {
    return await lstat(path);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
};

async function* entriesOf(folder: string): AsyncGenerator<string> {
  try {
    for await (const { name } of await opendir(folder)) yield name;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
