import { lstat, mkdir, realpath, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { BootletError } from '../../errors.ts';
import { unlessMissing } from '../../host/missing.ts';
import { isWithin } from '../../host/mountinfo.ts';
import type { Mounter } from '../../host/mounts.ts';
import { PathHandle } from '../../host/path-handle.ts';

/*
 * What a subPath names is found in two steps (pkg/volume/util/subpath): links count where they lead to when the walk
 * begins, and it must be in the volume; from there on no link is followed. A container that swaps a folder for a link
 * meanwhile gets an error and not the host's files.
 */

/** Makes the folders of a subPath that are missing, with the volume's mode. @throws BootletError E_VOLUME when it leads out of the volume; what the file system answers */
export const makeSubPath = async (volume: string, subPath: string): Promise<void> => {
  const base = await realpath(volume);
  const [existing, missing] = await splitAtMissing(base, parts(subPath));
  if (missing.length === 0) return;
  const mode = (await stat(base)).mode & 0o7777;
  let place = await openWithin(base, await realpath(existing));
  try {
    for (const name of missing) place = await advance(place, (from) => from.makeFolder(name, mode));
  } finally {
    await place[Symbol.asyncDispose]();
  }
};

/**
 * Binds what a subPath names to a place in the pod's folder that only root can change, and so settles what the container
 * gets. What is bound there already and is the same stays.
 * @throws BootletError E_VOLUME, E_TIMEOUT; what the file system answers
 */
export const bindSubPath = async (volume: string, subPath: string, target: string, mounter: Mounter): Promise<void> => {
  await using source = await openWithin(await realpath(volume), await realpath(join(volume, subPath)));
  const wanted = await source.stat();
  if (wanted.isSymbolicLink()) throw new BootletError('E_VOLUME', `subPath ${subPath} became a link meanwhile`);
  if (await mounter.isMounted(target)) {
    const there = await stat(target);
    if (there.dev === wanted.dev && there.ino === wanted.ino) return;
    await mounter.unmountBelow(target);
  }
  await mkdir(dirname(target), { recursive: true, mode: 0o750 });
  await makeMountPoint(target, wanted.isDirectory());
  await mounter.mount({ source: source.sharedPath, target, options: ['bind'] });
};

const parts = (path: string): readonly string[] => path.split('/').filter((part) => part !== '' && part !== '.');

/** Opens a path without links in it. */
const openWithin = async (base: string, path: string): Promise<PathHandle> => {
  if (!isWithin(path, base)) throw new BootletError('E_VOLUME', `${path} is not in the volume ${base}`);
  let place = await PathHandle.folder(base);
  try {
    for (const name of parts(relative(base, path))) place = await advance(place, (from) => from.entry(name));
    return place;
  } catch (error) {
    await place[Symbol.asyncDispose]();
    throw error;
  }
};

const advance = async (place: PathHandle, next: (from: PathHandle) => Promise<PathHandle>): Promise<PathHandle> => {
  await using from = place;
  return await next(from);
};

/** The longest part of the path that is there, and the names that follow it. */
const splitAtMissing = async (
  base: string,
  names: readonly string[],
): Promise<readonly [string, readonly string[]]> => {
  let existing = base;
  for (const [i, name] of names.entries()) {
    const next = join(existing, name);
    if ((await unlessMissing(stat(next))) === undefined) return [existing, names.slice(i)];
    existing = next;
  }
  return [existing, []];
};

/** A file serves for all that is no folder. What an earlier start left there may be of the other kind, and empty. */
const makeMountPoint = async (path: string, isFolder: boolean): Promise<void> => {
  const there = await unlessMissing(lstat(path));
  if (there?.isDirectory() === isFolder) return;
  if (there !== undefined) await (isFolder ? unlink(path) : rmdir(path));
  if (isFolder) await mkdir(path, { mode: 0o750 });
  else await writeFile(path, '', { mode: 0o640 });
};
