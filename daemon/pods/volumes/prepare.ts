import { BootletError } from '../../errors.ts';
import type { PodFiles } from '../create/pod-files.ts';
import type { Pod, Volume } from '../v1.ts';
import { type EmptyDirHost, makeEmptyDir } from './empty-dir.ts';
import { checkHostPath } from './host-path.ts';
import { pathOf } from './location.ts';
import { mountNetwork, networkMount } from './network.ts';

/** Makes what one volume needs before the pod's sandbox exists. Idempotent. @throws BootletError E_VOLUME, E_TIMEOUT */
export const prepareVolume = async (volume: Volume, pod: Pod, files: PodFiles, host: EmptyDirHost): Promise<void> => {
  const path = pathOf(volume, files);
  const { emptyDir, hostPath } = volume;
  if (emptyDir !== undefined) return makeEmptyDir(emptyDir, path, pod, host);
  if (hostPath !== undefined) return checkHostPath(hostPath);
  const request = networkMount(volume);
  if (request !== undefined) return mountNetwork(request, path, host.mounter);
  throw unmountable(volume);
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
