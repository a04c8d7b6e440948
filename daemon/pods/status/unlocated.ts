import type { ContainerStatus } from '../v1.ts';

const UNLOCATED = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
};

/** The statuses of a pod's init containers and main ones. */
export interface Statuses {
  readonly inits: readonly ContainerStatus[];
  readonly mains: readonly ContainerStatus[];
}

/**
 * What a pod that came to its end, and of which nothing runs any more, tells of containers that wait: nothing will ever
 * start them (pkg/kubelet/status TerminatePod). Init containers behind the last that was tried stay as they are, and all
 * main ones behind init containers: the kubelet looks for their runs in the status that the manifest states
 * (hasPodInitialized), which has none.
 */
export const withoutWaiting = ({ inits, mains }: Statuses): Statuses => {
  const tried = Math.max(
    0,
    inits.findLastIndex(({ state, lastState }) => !state?.waiting || lastState?.terminated),
  );
  return {
    inits: inits.map((status, n) => (n <= tried ? ended(status) : status)),
    mains: inits.length === 0 ? mains.map(ended) : mains,
  };
};

const ended = (status: ContainerStatus): ContainerStatus =>
  status.state?.terminated === undefined ? { ...status, state: { terminated: UNLOCATED } } : status;
