import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isFolder } from '../../host/missing.ts';
import type { Mounter } from '../../host/mounts.ts';
import type { PodFiles } from '../create/pod-files.ts';
import type { Pod } from '../v1.ts';
import { keptEmptyDirs } from './kept-empty-dirs.ts';
import { pathOf } from './location.ts';
import { giveToGroup } from './ownership.ts';

/**
 * Moves what a pod keeps of an ended one's emptyDirs into its own folder. What it has already stays, so that a cut call
 * may be called again, and of several ended pods the one asked first counts. One whose medium was changed begins empty.
 * @throws BootletError E_VOLUME, E_TIMEOUT
 */
export const takeOverEmptyDirs = async (pod: Pod, ended: PodFiles, own: PodFiles, mounter: Mounter): Promise<void> => {
  const group = pod.spec.securityContext?.fsGroup;
  for (const volume of keptEmptyDirs(pod)) {
    const [from, to] = [pathOf(volume, ended), pathOf(volume, own)];
    const inMemory = (volume.emptyDir?.medium ?? '') !== '';
    if ((await mounter.isMounted(from)) !== inMemory || (await mounter.isMounted(to))) continue;
    if (!(await isFolder(from))) continue;
    if (!inMemory && (await isFolder(to))) continue;
    if (group !== undefined) await giveToGroup(from, group, false);
    await mkdir(inMemory ? to : dirname(to), { recursive: true });
    if (!inMemory) await rename(from, to);
    // Moving a mount is not allowed below a shared one; a second one of the same memory is. The first goes with its pod.
    else await mounter.mount({ source: from, target: to, options: ['bind'] });
  }
};
