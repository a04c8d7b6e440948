import { isDeepStrictEqual } from 'node:util';
import type { ObservedContainer } from '../../runtime/runtime.ts';
import type { PodView } from '../plan/observed.ts';
import type { Pod } from '../v1.ts';
import { hostPortsOf } from './sandbox-network.ts';

/** Why a pod can have no sandbox yet, in the kubelet's words (pkg/kubelet SyncPod); undefined: it can. */
export const networkWait = ({ podNetwork }: Pick<PodView, 'podNetwork'>, { spec }: Pod) => {
  if (spec.hostNetwork === true || podNetwork?.state === 'ready') return undefined;
  const message = podNetwork?.message ?? 'it was not looked at yet';
  return { reason: 'NetworkNotReady', message: `network is not ready: ${message}` };
};

/** Whether the ports of the host lead to this sandbox, so that what starts in it is reached at once. */
export const areHostPortsSet = ({ hostPorts }: Pick<PodView, 'hostPorts'>, sandbox: ObservedContainer): boolean => {
  const needed = hostPortsOf(sandbox);
  return needed.length === 0 || (hostPorts?.state === 'set' && isDeepStrictEqual(hostPorts.ports, needed));
};
