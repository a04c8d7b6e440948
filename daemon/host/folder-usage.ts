import { lstat, opendir } from 'node:fs/promises';
import { unlessUnreachable } from './missing.ts';
import { PathHandle } from './path-handle.ts';

export interface FolderUsage {
  /** What its files take on the disk, bytes. */
  readonly bytes: number;
  readonly inodes: number;
}

/** A block of st_blocks, whatever the file system's own; stat(2). */
const BLOCK_BYTES = 512;

/** Folders below each other that are followed: each holds a descriptor while those below it are counted. */
const MOST_LEVELS = 1000;

/**
 * What du(1) says of a folder: every file once however many names it has, and nothing of other file systems. What
 * vanishes meanwhile does not count. Each folder is opened from the one above it, so that no path gets too long and
 * none leads out by a link that was put in its place.
 * @param limit how many files are worth the look; undefined is the answer when there are more, when they lie a thousand
 * folders deep, and when there is no such folder
 */
export const folderUsage = async (folder: string, limit: number): Promise<FolderUsage | undefined> => {
  const root = await unlessUnreachable(PathHandle.folder(folder));
  if (root === undefined) return undefined;
  await using start = root;
  const { dev, ino, blocks } = await start.stat();
  const count = { dev, limit, seen: new Set([ino]), blocks };
  if (!(await countBelow(start, count, MOST_LEVELS))) return undefined;
  return { bytes: count.blocks * BLOCK_BYTES, inodes: count.seen.size };
};

interface Count {
  readonly dev: number;
  readonly limit: number;
  readonly seen: Set<number>;
  blocks: number;
}

/** False when there is more than is counted out. */
const countBelow = async (folder: PathHandle, count: Count, levels: number): Promise<boolean> => {
  if (levels === 0) return false;
  for await (const name of namesIn(folder)) {
    const stats = await unlessUnreachable(lstat(`${folder.path}/${name}`));
    if (stats === undefined || stats.dev !== count.dev || count.seen.has(stats.ino)) continue;
    if (count.seen.size >= count.limit) return false;
    count.seen.add(stats.ino);
    count.blocks += stats.blocks;
    if (!stats.isDirectory()) continue;
    const child = await unlessUnreachable(folder.childFolder(name));
    if (child === undefined) continue;
    await using below = child;
    if (!(await countBelow(below, count, levels - 1))) return false;
  }
  return true;
};

async function* namesIn(folder: PathHandle): AsyncGenerator<string> {
  const entries = await unlessUnreachable(opendir(folder.path));
  if (entries === undefined) return;
  for await (const { name } of entries) yield name;
}
