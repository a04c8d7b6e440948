import { allContainersOf } from '../plan/observed.ts';
import type { ContainerState, ContainerStatus, Pod } from '../v1.ts';

/** For the last words of all containers of a pod together, bytes (pkg/kubelet/container MaxPodTerminationMessageLogLength). */
const POD_LIMIT = 12 * 1024;

/** Gives each container an equal share of what a pod may say (pkg/kubelet/status normalizeStatus). */
export const withinPodLimit = (statuses: readonly ContainerStatus[], pod: Pod): ContainerStatus[] => {
  const share = Math.floor(POD_LIMIT / Math.max(1, allContainersOf(pod).length));
  const shorten = (state: ContainerState = {}): ContainerState => {
    const message = state.terminated?.message;
    if (state.terminated === undefined || message === undefined || Buffer.byteLength(message) <= share) return state;
    return { terminated: { ...state.terminated, message: Buffer.from(message).subarray(0, share).toString() } };
  };
  return statuses.map((s) => ({ ...s, state: shorten(s.state), lastState: shorten(s.lastState) }));
};
