import type { Mounter } from '../../host/mounts.ts';
import { removeTree } from '../../host/remove-tree.ts';

/**
 * Removes all files of a pod, its volumes with them. Nothing of it goes while anything is mounted below: a removal
 * through a live bind mount deletes what it shows. May be cut at any point and called again.
 * @param folder the pod's own
 * @throws BootletError E_VOLUME naming the mounts that stay
 */
export const removePodFolder = async (folder: string, mounter: Pick<Mounter, 'unmountBelow'>): Promise<void> => {
  await mounter.unmountBelow(folder);
  await removeTree(folder);
};
