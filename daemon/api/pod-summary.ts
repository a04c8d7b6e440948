import type { ContainerState, ContainerStatus, Pod } from '../pods/v1.ts';
import { ageOf } from './age.ts';

export interface PodSummary {
  readonly readyContainers: number;
  readonly containers: number;
  /** One word, as in kubectl's STATUS column. */
  readonly status: string;
  /** As in kubectl's RESTARTS column: `3 (5m ago)`. */
  readonly restarts: string;
}

type Terminated = NonNullable<ContainerState['terminated']>;

const wordOf = ({ reason = '', signal = 0, exitCode }: Terminated): string => {
  if (reason !== '') return reason;
  return signal === 0 ? `ExitCode:${exitCode}` : `Signal:${signal}`;
};

/** Where the init containers stand; undefined when they are through. */
const initWord = (pod: Pod): string | undefined => {
  const statuses = pod.status?.initContainerStatuses ?? [];
  const at = statuses.findIndex(({ state }) => state?.terminated?.exitCode !== 0);
  if (at === -1) return undefined;
  const { terminated, waiting } = statuses[at]?.state ?? {};
  if (terminated !== undefined) return `Init:${wordOf(terminated)}`;
  const reason = waiting?.reason ?? '';
  if (reason !== '' && reason !== 'PodInitializing') return `Init:${reason}`;
  return `Init:${at}/${pod.spec.initContainers?.length ?? statuses.length}`;
};

const isReadyAndRunning = ({ ready, state }: ContainerStatus): boolean => ready && state?.running !== undefined;

const containerWord = ({ state }: ContainerStatus): string | undefined => {
  const waiting = state?.waiting?.reason ?? '';
  if (waiting !== '') return waiting;
  return state?.terminated === undefined ? undefined : wordOf(state.terminated);
};

const statusWord = (pod: Pod): string => {
  const { phase = 'Unknown', reason, containerStatuses = [], conditions = [] } = pod.status ?? {};
  const isOver = phase === 'Failed' || phase === 'Succeeded';
  if (pod.metadata.deletionTimestamp !== undefined && !isOver) return 'Terminating';
  const init = initWord(pod);
  if (init !== undefined) return init;
  // The first container that has something to say counts, as in kubectl.
  const word = containerStatuses.map(containerWord).find((w) => w !== undefined) ?? reason ?? phase;
  if (word !== 'Completed' || !containerStatuses.some(isReadyAndRunning)) return word;
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True') ? 'Running' : 'NotReady';
};

/** What kubectl's printer says of a pod. @param now ms since the epoch */
export const summaryOf = (pod: Pod, now: number): PodSummary => {
  const main = pod.status?.containerStatuses ?? [];
  // Restarts of init containers are history once the pod is past them.
  const counted = initWord(pod) === undefined ? main : (pod.status?.initContainerStatuses ?? []);
  const restarts = counted.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const ends = counted.map(({ lastState }) => lastState?.terminated?.finishedAt).filter((time) => time !== undefined);
  const last = ends.sort((a, b) => Date.parse(a) - Date.parse(b)).at(-1);
  return {
    readyContainers: main.filter(isReadyAndRunning).length,
    containers: pod.spec.containers.length,
    status: statusWord(pod),
    restarts: restarts > 0 && last !== undefined ? `${restarts} (${ageOf(last, now)} ago)` : String(restarts),
  };
};
