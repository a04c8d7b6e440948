import type { ObservedContainer } from '../../runtime/runtime.ts';
import { nextRun } from '../plan/container.ts';
import { hasEnded, isFresh, isRunning, type PodView, runsOf, sandboxesOf } from '../plan/observed.ts';
import { policyOf } from '../plan/restart.ts';
import type { Container, ContainerState, ContainerStatus, Pod } from '../v1.ts';
import { rfc3339 } from './time.ts';

/** Facts about a container's end that need a look at its files; by container id. */
export type TerminationMessages = ReadonlyMap<string, string>;

export interface StatusInput {
  readonly view: PodView;
  readonly uid: string;
  readonly pod: Pod;
  readonly messages: TerminationMessages;
}

/** Exit code that the kubelet reports for a container that could not be started at all (containerd's). */
const START_ERROR_EXIT_CODE = 128;

/**
 * One entry of containerStatuses, as the kubelet makes it (kubelet_pods.go convertToAPIContainerStatuses, prober
 * UpdatePodStatus).
 * @param blocked true while init containers are not done: nothing of the main containers starts before
 */
export const containerStatus = (
  input: StatusInput,
  container: Container,
  init: boolean,
  blocked: boolean,
): ContainerStatus => {
  const runs = runsOf(input.view.seen, input.uid, container.name);
  const [last] = runs;
  const current = last !== undefined && isFresh(last) ? undefined : last;
  const before = runs.find((run) => run !== current && hasEnded(run));
  const waiting = waitingState(input, container, init, blocked, current, before);
  const lastEnded = waiting !== undefined && current !== undefined ? current : before;
  const state = waiting ?? stateOf(input, current);
  const started =
    current !== undefined && waiting === undefined && isRunning(current) && hasStarted(input.view, container, current);
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: current?.imageId ?? '',
    ...(current === undefined ? {} : { containerID: `docker://${current.id}` }),
    state,
    lastState: lastEnded === undefined ? {} : { terminated: terminated(input, lastEnded) },
    restartCount: last?.attempt ?? 0,
    started,
    ready: init
      ? state.terminated?.exitCode === 0
      : started && current !== undefined && isReady(input.view, container, current),
  };
};

const hasStarted = (view: PodView, container: Container, run: ObservedContainer): boolean =>
  container.startupProbe === undefined || view.probe(run.id, 'startup')?.result === 'success';

const isReady = (view: PodView, container: Container, run: ObservedContainer): boolean =>
  container.readinessProbe === undefined || view.probe(run.id, 'readiness')?.result === 'success';

const stateOf = (input: StatusInput, current: ObservedContainer | undefined): ContainerState => {
  if (current === undefined) return { waiting: { reason: 'ContainerCreating' } };
  if (isRunning(current)) return { running: { startedAt: rfc3339(current.startedAt) } };
  return { terminated: terminated(input, current) };
};

const terminated = (input: StatusInput, run: ObservedContainer): NonNullable<ContainerState['terminated']> => {
  const failedToStart = run.error !== '' && run.startedAt === 0;
  const message = failedToStart ? run.error : input.messages.get(run.id);
  return {
    exitCode: failedToStart ? START_ERROR_EXIT_CODE : run.exitCode,
    reason: run.oomKilled ? 'OOMKilled' : failedToStart ? 'StartError' : run.exitCode === 0 ? 'Completed' : 'Error',
    ...(message === undefined || message === '' ? {} : { message }),
    startedAt: rfc3339(run.startedAt),
    finishedAt: rfc3339(run.finishedAt || run.createdAt),
    containerID: `docker://${run.id}`,
  };
};

/** Set while the container waits: for its turn, its image, the next try, or the end of its back-off. */
const waitingState = (
  input: StatusInput,
  container: Container,
  init: boolean,
  blocked: boolean,
  current: ObservedContainer | undefined,
  before: ObservedContainer | undefined,
): ContainerState | undefined => {
  const { view, pod } = input;
  if (current !== undefined && isRunning(current)) return undefined;
  const [sandbox] = sandboxesOf(view.seen, input.uid);
  const restart =
    current === undefined ? undefined : nextRun(view, { init, policy: policyOf(pod), sandbox }, current, before);
  if (current !== undefined && restart === undefined) return undefined;
  if (blocked) return { waiting: { reason: 'PodInitializing' } };
  const trouble = troubleOf(view, container);
  if (trouble !== undefined) return { waiting: trouble };
  if (restart === undefined) return { waiting: { reason: 'ContainerCreating' } };
  if (restart.delaySeconds === 0 || view.now >= restart.at) return undefined;
  const name = `${pod.metadata.name}_${pod.metadata.namespace}(${input.uid})`;
  const message = `back-off ${humanSeconds(restart.delaySeconds)} restarting failed container=${container.name} pod=${name}`;
  return { waiting: { reason: 'CrashLoopBackOff', message } };
};

const troubleOf = (view: PodView, container: Container): { reason: string; message: string } | undefined => {
  const image = view.images.get(container.name);
  if (image?.state === 'failed') return { reason: image.reason, message: image.message };
  // The kubelet says no more than the reason while it pulls; how far it got is what one waits to hear.
  if (image?.state === 'pulling')
    return { reason: 'ContainerCreating', message: `pulling ${image.image}: ${image.message}` };
  const failure = view.failures.get(container.name);
  return failure === undefined ? undefined : { reason: failure.reason, message: failure.message };
};

/** As Go prints a duration: 10s, 1m20s, 5m0s. */
const humanSeconds = (seconds: number): string =>
  seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
