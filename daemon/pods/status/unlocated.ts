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
 * What a pod past its deadline, of which nothing runs any more, tells of containers that wait: nothing will ever start
 * them (pkg/kubelet/status TerminatePod). Main ones whose turn had not come stay as they are, and init containers behind
 * the last that was tried.
 */
export const withoutWaiting = ({ inits, mains }: Statuses, isInitialized: boolean): Statuses => {
  const tried = Math.max(
    0,
    inits.findLastIndex(({ state, lastState }) => !state?.waiting || lastState?.terminated),
  );
  return {
    inits: inits.map((status, n) => (n <= tried ? ended(status) : status)),
    mains: isInitialized ? mains.map(ended) : mains,
  };
};

const ended = (status: ContainerStatus): ContainerStatus =>
  status.state?.terminated === undefined ? { ...status, state: { terminated: UNLOCATED } } : status;
