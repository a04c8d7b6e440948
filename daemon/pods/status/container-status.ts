import { rfc3339 } from '../../kubernetes/time.ts';
import type { ObservedContainer } from '../../runtime/runtime.ts';
import { isCurrent, nextRun, type PodRules } from '../plan/container.ts';
import { label } from '../plan/labels.ts';
import { lifeOf } from '../plan/life.ts';
import {
  exitCodeOf,
  failedToStart,
  hasEnded,
  initContainersOf,
  isFresh,
  isRunning,
  mainContainersOf,
  type PodView,
  runsOf,
} from '../plan/observed.ts';
import { endedAt } from '../plan/restart.ts';
import { isInit, isSidecar } from '../plan/role.ts';
import { hasStarted, isBeingStarted } from '../plan/started.ts';
import type { Container, ContainerState, ContainerStatus, Pod } from '../v1.ts';
import { containerResourcesStatus, volumeMountsStatus } from './container-spec-status.ts';

/** Facts about a container's end that need a look at its files; by container id. */
export type TerminationMessages = ReadonlyMap<string, string>;

export interface StatusInput {
  readonly view: PodView;
  readonly uid: string;
  readonly pod: Pod;
  readonly rules: PodRules;
  readonly messages: TerminationMessages;
}

type Terminated = NonNullable<ContainerState['terminated']>;

/** The runs of one container that its status tells of. */
interface Runs {
  /** The newest that was started or could not be; undefined: none yet in the life of the pod, or only one that is just made. */
  readonly current: ObservedContainer | undefined;
  /** The newest before it that ended. */
  readonly before: ObservedContainer | undefined;
}

/** One entry of containerStatuses or initContainerStatuses (kubelet_pods.go convertToAPIContainerStatuses, prober UpdatePodStatus). */
export const containerStatus = (input: StatusInput, container: Container): ContainerStatus => {
  const { view, pod, rules } = input;
  const all = runsOf(view.seen, input.uid, container.name);
  const [last] = all;
  const isStarting = last !== undefined && (isFresh(last) || isBeingStarted(view, container, last));
  const current = isStarting ? undefined : last;
  const runs = { current, before: all.find((run) => run !== current && hasEnded(run)) };
  const waiting = waitingState(input, container, runs);
  const state = waiting ?? stateOf(input, runs);
  const lastEnded = waiting !== undefined && current !== undefined ? current : runs.before;
  const started = state.running !== undefined && current !== undefined && hasStarted(view, container, current);
  const isReady = isInit(pod, container) && !isSidecar(container) ? state.terminated?.exitCode === 0 : started;
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: current?.labels[label.imageRef] ?? current?.imageId ?? '',
    ...(current === undefined ? {} : { containerID: `docker://${current.id}` }),
    state,
    lastState: lastEnded === undefined ? {} : { terminated: terminated(input, lastEnded) },
    // One that the pod's new life has still to start counts as started once more already.
    restartCount: (last?.attempt ?? 0) + (last !== undefined && lifeOf(last) < rules.life ? 1 : 0),
    started,
    ready: isReady && (current === undefined || !started || passesReadiness(view, container, current)),
    ...(last === undefined ? {} : containerResourcesStatus(container, state.running !== undefined)),
    ...volumeMountsStatus(container, last?.labels[label.recursiveReadOnly] === 'true'),
  };
};

const passesReadiness = (view: PodView, container: Container, run: ObservedContainer): boolean =>
  container.readinessProbe === undefined || view.probe(run.id, 'readiness')?.result === 'success';

const stateOf = (input: StatusInput, { current }: Runs): ContainerState => {
  if (current === undefined) return { terminated: COMPLETED_UNSEEN };
  if (isRunning(current)) return { running: { startedAt: rfc3339(current.startedAt) } };
  return { terminated: terminated(input, current) };
};

const COMPLETED_UNSEEN: Terminated = {
  exitCode: 0,
  reason: 'Completed',
  message:
    'Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally',
};

const RESTARTING_ALL = 'RestartingAllContainers';
const RESTARTING_ALL_MESSAGE = 'The container is removed because RestartAllContainers in place';

const terminated = (input: StatusInput, run: ObservedContainer): Terminated => {
  // Of what was before it the kubelet keeps no more than this, since it removes every container.
  if (lifeOf(run) < input.rules.life) return { exitCode: 137, reason: RESTARTING_ALL, message: RESTARTING_ALL_MESSAGE };
  const message = failedToStart(run) ? run.error : input.messages.get(run.id);
  return {
    exitCode: exitCodeOf(run),
    reason: run.oomKilled
      ? 'OOMKilled'
      : failedToStart(run)
        ? 'StartError'
        : run.exitCode === 0
          ? 'Completed'
          : 'Error',
    ...(message === undefined || message === '' ? {} : { message }),
    startedAt: rfc3339(run.startedAt),
    finishedAt: rfc3339(endedAt(run)),
    containerID: `docker://${run.id}`,
  };
};

/** Set while the container waits: for its turn, its image, the next try, or the end of its back-off. */
const waitingState = (
  input: StatusInput,
  container: Container,
  { current, before }: Runs,
): ContainerState | undefined => {
  const { view, pod, rules } = input;
  if (current === undefined)
    return isDoneUnseen(input, container) ? undefined : { waiting: startWait(input, container, before) };
  if (isRunning(current)) return undefined;
  if (lifeOf(current) < rules.life)
    return { waiting: troubleOf(view, container) ?? { reason: RESTARTING_ALL, message: RESTARTING_ALL_MESSAGE } };
  const restart = nextRun(view, container, rules, current, before);
  // The kubelet takes an init container that ended well for done, and a sidecar among them.
  const isDone = isInit(pod, container) && isCurrent(current, rules) && exitCodeOf(current) === 0;
  if (restart === undefined || isDone) return undefined;
  const trouble = troubleOf(view, container);
  if (trouble !== undefined) return { waiting: trouble };
  if (restart.delaySeconds === 0 || view.now >= restart.at)
    return failedPostStart(view, current) ? { waiting: POST_START_FAILED } : undefined;
  const name = `${pod.metadata.name}_${pod.metadata.namespace}(${input.uid})`;
  const message = `back-off ${humanSeconds(restart.delaySeconds)} restarting failed container=${container.name} pod=${name}`;
  return { waiting: { reason: 'CrashLoopBackOff', message } };
};

/** An init container of which no trace is left, though a main one ran after it. */
const isDoneUnseen = ({ view, uid, pod }: StatusInput, container: Container): boolean =>
  isInit(pod, container) &&
  !isSidecar(container) &&
  runsOf(view.seen, uid, container.name).length === 0 &&
  mainContainersOf(pod).some((main) => runsOf(view.seen, uid, main.name).length > 0);

/** What a failed hook is to the kubelet while the next start is under way (pkg/kubelet/kuberuntime ErrPostStartHook). */
const POST_START_FAILED = { reason: 'PostStartHookError' };

const failedPostStart = (view: PodView, run: ObservedContainer): boolean =>
  view.stops.get(run.id)?.reason === 'post-start';

const startWait = (
  { view, pod }: StatusInput,
  container: Container,
  before: ObservedContainer | undefined,
): NonNullable<ContainerState['waiting']> => {
  const trouble = troubleOf(view, container);
  if (trouble !== undefined) return trouble;
  if (before !== undefined && failedPostStart(view, before)) return POST_START_FAILED;
  return { reason: initContainersOf(pod).length > 0 ? 'PodInitializing' : 'ContainerCreating' };
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
