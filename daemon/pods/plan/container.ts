import type { ObservedContainer } from '../../runtime/runtime.ts';
import type { Container } from '../v1.ts';
import { label } from './labels.ts';
import { isFresh, isRunning, type PodView, runsOf } from './observed.ts';
import { backoffOf, type Restart, type RestartPolicy, restartOf, restarts } from './restart.ts';
import { type Part, stopContainer } from './terminate.ts';

/** What one container of the wanted pod is waiting for or doing. */
export interface ContainerPlan extends Part {
  readonly state: 'starting' | 'running' | 'succeeded' | 'failed' | 'backing-off';
}

export interface ContainerRules {
  readonly uid: string;
  readonly policy: RestartPolicy;
  readonly sandbox: ObservedContainer;
  /** True for an init container: what ended well in an earlier sandbox is run again in this one. */
  readonly init: boolean;
  /** False while a pod of the same name still runs. */
  readonly mayStart: boolean;
}

const inSandbox = (run: ObservedContainer, sandbox: ObservedContainer): boolean =>
  run.labels[label.sandboxId] === sandbox.id;

/** What to do for one container, given that its turn has come. The sandbox may still be starting: creating does not need it, starting does. */
export const planContainer = (view: PodView, container: Container, rules: ContainerRules): ContainerPlan => {
  const runs = runsOf(view.seen, rules.uid, container.name);
  const last = runs[0];
  if (last === undefined) return createContainer(view, container, rules, 0, 0);
  if (isRunning(last)) return planRunning(view, container, last);
  if (isFresh(last)) {
    if (!inSandbox(last, rules.sandbox)) return { state: 'starting', steps: [{ do: 'remove', id: last.id }] };
    return startContainer(view, container, rules, last);
  }
  return planEnded(view, container, rules, last, runs[1]);
};

const planRunning = (view: PodView, container: Container, run: ObservedContainer): ContainerPlan => {
  if (run.createdAt < view.restartBefore) {
    return {
      state: 'running',
      ...stopContainer(view, run, 'restart-requested', `restart of container ${container.name} was asked for`),
    };
  }
  const stop = view.stops.get(run.id);
  if (stop !== undefined) return { state: 'running', ...stopContainer(view, run, stop.reason, '') };
  for (const kind of ['startup', 'liveness'] as const) {
    if (view.probe(run.id, kind)?.result !== 'failure') continue;
    const grace = (kind === 'startup' ? container.startupProbe : container.livenessProbe)
      ?.terminationGracePeriodSeconds;
    const message = `Container ${container.name} failed ${kind} probe, will be restarted`;
    return { state: 'running', ...stopContainer(view, run, kind, message, grace) };
  }
  return { state: 'running', steps: [] };
};

/** An end that tells nothing about the container: a restart was asked for, or its pod was stopped or taken away and is wanted again. */
export const endedByOrder = (view: PodView, run: ObservedContainer): boolean => {
  const reason = view.stops.get(run.id)?.reason;
  return run.createdAt < view.restartBefore || reason === 'deleted' || reason === 'replaced' || reason === 'stopped';
};

const planEnded = (
  view: PodView,
  container: Container,
  rules: ContainerRules,
  last: ObservedContainer,
  before: ObservedContainer | undefined,
): ContainerPlan => {
  const restart = nextRun(view, rules, last, before);
  if (restart === undefined) return { state: last.exitCode === 0 ? 'succeeded' : 'failed', steps: [] };
  if (view.now < restart.at) return { state: 'backing-off', steps: [], wakeAt: restart.at };
  return createContainer(view, container, rules, last.attempt + 1, restart.nextBackoffSeconds);
};

/** Whether and when a container that ended runs again; undefined: it stays ended. The one place for this rule: the status shows it too. */
export const nextRun = (
  view: PodView,
  rules: Pick<ContainerRules, 'init' | 'policy'> & { readonly sandbox: ObservedContainer | undefined },
  last: ObservedContainer,
  before: ObservedContainer | undefined,
): Restart | undefined => {
  const asked = endedByOrder(view, last);
  const runAgain = rules.init ? last.exitCode !== 0 && rules.policy !== 'Never' : restarts(rules.policy, last.exitCode);
  const otherSandbox = rules.init && rules.sandbox !== undefined && !inSandbox(last, rules.sandbox);
  if (!runAgain && !asked && !otherSandbox) return undefined;
  const reason = view.stops.get(last.id)?.reason;
  // An end that was asked for, and a new sandbox, are no crash: they neither wait nor lengthen the next wait.
  const free = asked || otherSandbox || reason === 'restart-requested' || reason === 'sandbox-lost';
  if (free) return { at: 0, delaySeconds: 0, nextBackoffSeconds: backoffOf(last) };
  return restartOf(last, before, reason === 'liveness' || reason === 'startup');
};

const createContainer = (
  view: PodView,
  container: Container,
  rules: ContainerRules,
  attempt: number,
  backoffSeconds: number,
): ContainerPlan => {
  const failure = view.failures.get(container.name);
  if (failure !== undefined && view.now < failure.retryAt)
    return { state: 'starting', steps: [], wakeAt: failure.retryAt };
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
  const failure = view.failures.get(container.name);
  if (failure !== undefined && view.now < failure.retryAt)
    return { state: 'starting', steps: [], wakeAt: failure.retryAt };
  if (!isRunning(rules.sandbox) || !rules.mayStart) return { state: 'starting', steps: [] };
  return {
    state: 'starting',
    steps: [{ do: 'start-container', container: container.name, id: run.id, sandboxId: rules.sandbox.id }],
  };
};

/** Whether its environment holds the pod's address, which is known only once the sandbox runs. */
const needsAddress = (container: Container): boolean =>
  (container.env ?? []).some((e) => e.valueFrom?.fieldRef?.fieldPath.startsWith('status.podIP') ?? false);
