import type { ObservedContainer } from '../../runtime/runtime.ts';
import type { Container, Pod } from '../v1.ts';
import { label } from './labels.ts';
import { lifeOf } from './life.ts';
import { exitCodeOf, isFresh, isRunning, type PodView, retryAtOf, runsOf } from './observed.ts';
import { backoffOf, policyOf, type Restart, restartOf, restarts } from './restart.ts';
import { isInit, isSidecar } from './role.ts';
import { isBeingStarted } from './started.ts';
import { type StopReason, stopReasons } from './steps.ts';
import { type Part, stopContainer } from './stop.ts';

/** What one container of the wanted pod is waiting for or doing. */
export interface ContainerPlan extends Part {
  readonly state: 'starting' | 'running' | 'ended' | 'backing-off';
}

/** What the containers of a pod have in common. */
export interface PodRules {
  readonly uid: string;
  readonly pod: Pod;
  readonly sandbox: ObservedContainer | undefined;
  /** See life.ts. */
  readonly life: number;
}

export interface ContainerRules extends PodRules {
  readonly sandbox: ObservedContainer;
  /** False while a pod of the same name still runs, and until the host's ports lead to it. */
  readonly mayStart: boolean;
}

/** Whether a run belongs to what the pod is now: its sandbox, and its life. */
export const isCurrent = (run: ObservedContainer, { sandbox, life }: Pick<PodRules, 'sandbox' | 'life'>): boolean =>
  run.labels[label.sandboxId] === sandbox?.id && lifeOf(run) === life;

/** What to do for one container, given that its turn has come. The sandbox may still be starting: creating does not need it, starting does. */
export const planContainer = (view: PodView, container: Container, rules: ContainerRules): ContainerPlan => {
  const runs = runsOf(view.seen, rules.uid, container.name);
  const last = runs[0];
  if (last === undefined) return createContainer(view, container, rules, 0, 0);
  if (isRunning(last)) return planRunning(view, container, last, rules.pod);
  if (isFresh(last)) {
    if (!isCurrent(last, rules)) return { state: 'starting', steps: [{ do: 'remove', id: last.id }] };
    return startContainer(view, container, rules, last);
  }
  const restart = nextRun(view, container, rules, last, runs[1]);
  if (restart === undefined) return { state: 'ended', steps: [] };
  if (view.now < restart.at) return { state: 'backing-off', steps: [], wakeAt: restart.at };
  return createContainer(view, container, rules, last.attempt + 1, restart.nextBackoffSeconds);
};

const planRunning = (view: PodView, container: Container, run: ObservedContainer, pod: Pod): ContainerPlan => {
  if (run.createdAt < view.restartBefore) {
    const message = `Stopping container ${container.name}: its restart was asked for`;
    return { state: 'running', ...stopContainer(view, run, { reason: 'restart-requested', message }) };
  }
  const stop = view.stops.get(run.id);
  if (stop !== undefined)
    return { state: 'running', ...stopContainer(view, run, { reason: stop.reason, message: '' }) };
  if (isBeingStarted(view, container, run)) return { state: 'starting', ...planPostStart(view, run) };
  if (isChanged(container, run)) {
    const message = isInit(pod, container)
      ? `Init container ${container.name} definition changed`
      : `Container ${container.name} definition changed, will be restarted`;
    return { state: 'running', ...stopContainer(view, run, { reason: 'changed', message }) };
  }
  const failed = failedProbe(view, run);
  if (failed === undefined) return { state: 'running', steps: [] };
  const probe = failed === 'startup' ? container.startupProbe : container.livenessProbe;
  const graceSeconds = probe?.terminationGracePeriodSeconds;
  const message = failedProbeMessage(pod, container, failed);
  return { state: 'running', ...stopContainer(view, run, { reason: failed, message, graceSeconds }) };
};

const failedProbe = (view: PodView, run: ObservedContainer): 'startup' | 'liveness' | undefined =>
  (['startup', 'liveness'] as const).find((kind) => view.probe(run.id, kind)?.result === 'failure');

/** Whether a container that runs is being ended, or has to be, and not to run again: for a probe of one that is never restarted, or with its pod. */
export const endsForGood = (view: PodView, container: Container, run: ObservedContainer, pod: Pod): boolean => {
  const stop = view.stops.get(run.id)?.reason;
  if (stop === 'finished') return true;
  if (policyOf(pod, container) !== 'Never' || run.createdAt < view.restartBefore) return false;
  if (stop !== undefined) return isProbe(stop);
  return !isBeingStarted(view, container, run) && !isChanged(container, run) && failedProbe(view, run) !== undefined;
};

const isProbe = (reason: StopReason | undefined): boolean => reason === 'liveness' || reason === 'startup';

const planPostStart = (view: PodView, run: ObservedContainer): Part => {
  const state = view.hook(run.id, 'postStart')?.state;
  if (state === 'failed') return stopContainer(view, run, { reason: 'post-start', message: 'FailedPostStartHook' });
  if (state === 'running') return { steps: [] };
  return { steps: [{ do: 'run-hook', id: run.id, kind: 'postStart', since: run.startedAt }] };
};

/**
 * Whether its image was changed under the uid it runs with, as can be only where the author of the manifest chose the
 * uid. All other changes wait for the container's next start (pkg/kubelet/container HashContainer). An init container
 * that is to end goes on.
 */
const isChanged = (container: Container, run: ObservedContainer): boolean => {
  const image = run.labels[label.image];
  return image !== undefined && image !== container.image && run.labels[label.role] !== 'init';
};

/** The kubelet's words, which for a sidecar are others (pkg/kubelet/kuberuntime computePodActions, computeInitContainerActions). */
const failedProbeMessage = (pod: Pod, container: Container, probe: 'startup' | 'liveness'): string => {
  if (isSidecar(container) && isInit(pod, container)) return `Init container ${container.name} failed ${probe} probe`;
  const restart = policyOf(pod, container) === 'Never' ? '' : ', will be restarted';
  return `Container ${container.name} failed ${probe} probe${restart}`;
};

/** An end that tells nothing about the container: a restart was asked for, its image changed, or its pod was stopped or taken away and is wanted again. */
const endedByOrder = (view: PodView, run: ObservedContainer): boolean => {
  const reason = view.stops.get(run.id)?.reason;
  return run.createdAt < view.restartBefore || (reason !== undefined && stopReasons[reason].endsByOrder);
};

/** Whether and when a container that ended runs again; undefined: it stays ended. The one place for this rule: the status shows it too. */
export const nextRun = (
  view: PodView,
  container: Container,
  rules: PodRules,
  last: ObservedContainer,
  before: ObservedContainer | undefined,
): Restart | undefined => {
  const init = isInit(rules.pod, container);
  const beginsAnew = lifeOf(last) < rules.life || (init && rules.sandbox !== undefined && !isCurrent(last, rules));
  const isAsked = beginsAnew || endedByOrder(view, last);
  const reason = view.stops.get(last.id)?.reason;
  const isKilledByProbe = isProbe(reason);
  const again = init ? initRunsAgain : mainRunsAgain;
  if (!isAsked && !again(rules.pod, container, last, isKilledByProbe)) return undefined;
  // An end that was asked for, and a new sandbox, are no crash: they neither wait nor lengthen the next wait.
  const isFree = isAsked || reason === 'restart-requested' || reason === 'sandbox-lost';
  if (isFree) return { at: 0, delaySeconds: 0, nextBackoffSeconds: backoffOf(last) };
  return restartOf(last, before, isKilledByProbe, view.now);
};

/** An init container fails also when the kernel ended a part of it for its memory (pkg/kubelet/kuberuntime isInitContainerFailed). */
export const initFailed = (last: ObservedContainer): boolean => exitCodeOf(last) !== 0 || last.oomKilled;

const initRunsAgain = (pod: Pod, container: Container, last: ObservedContainer): boolean =>
  isSidecar(container) || (initFailed(last) && restarts(pod, container, exitCodeOf(last)));

/** A probe ends a container that is to run on: then its policy counts, and not the exit code. */
const mainRunsAgain = (pod: Pod, container: Container, last: ObservedContainer, isKilledByProbe: boolean): boolean =>
  restarts(pod, container, exitCodeOf(last)) || (isKilledByProbe && policyOf(pod, container) !== 'Never');

const createContainer = (
  view: PodView,
  container: Container,
  rules: ContainerRules,
  attempt: number,
  backoffSeconds: number,
): ContainerPlan => {
  const retryAt = retryAtOf(view, container.name);
  if (retryAt !== undefined) return { state: 'starting', steps: [], wakeAt: retryAt };
  const image = view.images.get(container.name);
  if (image?.attempt !== attempt || image.image !== container.image) {
    return { state: 'starting', steps: [{ do: 'request-image', container: container.name, attempt }] };
  }
  if (image.state !== 'present' || view.volumes?.state !== 'ready') return { state: 'starting', steps: [] };
  if (needsAddress(container) && !isRunning(rules.sandbox)) return { state: 'starting', steps: [] };
  return {
    state: 'starting',
    steps: [
      {
        do: 'create-container',
        container: container.name,
        attempt,
        sandboxId: rules.sandbox.id,
        imageId: image.imageId,
        backoffSeconds,
        life: rules.life,
      },
    ],
  };
};

const startContainer = (
  view: PodView,
  container: Container,
  rules: ContainerRules,
  run: ObservedContainer,
): ContainerPlan => {
  const retryAt = retryAtOf(view, container.name);
  if (retryAt !== undefined) return { state: 'starting', steps: [], wakeAt: retryAt };
  if (!isRunning(rules.sandbox) || !rules.mayStart) return { state: 'starting', steps: [] };
  return {
    state: 'starting',
    steps: [{ do: 'start-container', container: container.name, id: run.id, sandboxId: rules.sandbox.id }],
  };
};

/** Whether its environment holds the pod's address, which is known only once the sandbox runs. */
const needsAddress = (container: Container): boolean =>
  (container.env ?? []).some((e) => e.valueFrom?.fieldRef?.fieldPath.startsWith('status.podIP') ?? false);
