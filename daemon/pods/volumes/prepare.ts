import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BootletError } from '../../errors.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { PodFiles } from '../create/pod-files.ts';
import type { Pod, Volume } from '../v1.ts';
import { downwardFiles, type VolumeFacts } from './downward-files.ts';
import { type EmptyDirHost, MEMORY_MODE, makeEmptyDir, makeFolder } from './empty-dir.ts';
import { checkHostPath } from './host-path.ts';
import { pathOf } from './location.ts';
import { nestedMountPoints } from './nested-mounts.ts';
import { mountNetwork, networkMount } from './network.ts';
import { giveToGroup } from './ownership.ts';
import { type PublishedFiles, publishFiles } from './published-folder.ts';

export interface VolumeHost extends EmptyDirHost, VolumeFacts {
  readonly clock: Clock;
}

/** Makes what one volume needs before the pod's sandbox exists. Idempotent. @throws BootletError E_VOLUME, E_TIMEOUT */
export const prepareVolume = async (volume: Volume, pod: Pod, files: PodFiles, host: VolumeHost): Promise<void> => {
  const path = pathOf(volume, files);
  const { emptyDir, hostPath } = volume;
  if (emptyDir !== undefined) return makeEmptyDir(emptyDir, path, pod, host);
  if (hostPath !== undefined) {
    await host.mounter.reach(path);
    return checkHostPath(hostPath);
  }
  const shown = downwardFiles(volume, pod, host);
  if (shown !== undefined) return publish(volume.name, path, shown, pod, host);
  const request = networkMount(volume);
  if (request !== undefined) return mountNetwork(request, path, host.mounter);
  throw unmountable(volume);
};

/** The kubelet keeps these in memory, since they may hold secrets; a static pod's cannot, so that only the mode is alike. */
const publish = async (
  name: string,
  path: string,
  files: PublishedFiles,
  pod: Pod,
  host: VolumeHost,
): Promise<void> => {
  const group = pod.spec.securityContext?.fsGroup;
  await makeFolder(path, MEMORY_MODE, group);
  for (const point of nestedMountPoints(pod, name)) await mkdir(join(path, point), { recursive: true, mode: 0o755 });
  await publishFiles(path, files, new Date(host.clock.now()), async (data) => {
    if (group !== undefined) await giveToGroup(data, group, true);
  });
};

/** What Kubernetes accepts and its kubelet cannot mount (any more), in the kubelet's words; and what the runtime has no word for. */
const unmountable = (volume: Volume): BootletError => {
  const [kind = 'volume'] = Object.keys(volume).filter((key) => key !== 'name');
  const reason =
    kind === 'gitRepo'
      ? 'git-repo volume plugin has been disabled'
      : kind === 'image'
        ? 'the container runtime of this host cannot mount images'
        : 'no volume plugin matched';
  return new BootletError('E_VOLUME', reason, { hint: `${kind} cannot be had on this host`, retryable: false });
};
