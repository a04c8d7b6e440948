import { initContainersOf, mainContainersOf } from '../plan/observed.ts';
import { isSidecar } from '../plan/role.ts';
import type { Container, ContainerStatus, Pod } from '../v1.ts';

export interface PhaseFacts {
  readonly pod: Pod;
  readonly inits: readonly ContainerStatus[];
  readonly mains: readonly ContainerStatus[];
  /** Whether a main container was made in the present sandbox. */
  readonly isInitialized: boolean;
  /** Whether nothing of the pod will be started again. */
  readonly isOver: boolean;
}

/** The kubelet's getPhase (pkg/kubelet/kubelet_pods.go). The end of a sidecar counts for nothing. */
export const phaseOf = ({ pod, inits, mains, isInitialized, isOver }: PhaseFacts): string => {
  const statusOf = (c: Container) => [...inits, ...mains].find((s) => s.name === c.name);
  const regular = initContainersOf(pod)
    .filter((c) => !isSidecar(c))
    .map(statusOf);
  const sidecars = initContainersOf(pod).filter(isSidecar).map(statusOf);
  if (isOver && regular.some(hasFailed)) return 'Failed';
  if (regular.some((s) => endOf(s) === undefined)) return 'Pending';
  if (!isInitialized && sidecars.some((s) => endOf(s) === undefined && s?.started !== true)) return 'Pending';
  const beside = [...sidecars, ...mainContainersOf(pod).map(statusOf)];
  if (beside.some((s) => endOf(s) === undefined && !isRunning(s))) return 'Pending';
  if (!isOver || beside.some(isRunning)) return 'Running';
  return mains.some(hasFailed) ? 'Failed' : 'Succeeded';
};

const isRunning = (status: ContainerStatus | undefined): boolean => status?.state?.running !== undefined;

/** The end a container is at; of one that runs, none. */
const endOf = (status: ContainerStatus | undefined) =>
  status?.state?.terminated ?? (status?.state?.waiting === undefined ? undefined : status.lastState?.terminated);

const hasFailed = (status: ContainerStatus | undefined): boolean => (endOf(status)?.exitCode ?? 0) !== 0;
