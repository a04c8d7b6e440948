import type { ObservedContainer } from '../../runtime/runtime.ts';
import type { PodSpec } from '../resources.ts';
import type { Pod } from '../v1.ts';
import { type ContainerPlan, type ContainerRules, endedByOrder, planContainer } from './container.ts';
import { planGarbage } from './garbage.ts';
import { label } from './labels.ts';
import {
  hasEnded,
  initContainersOf,
  isFresh,
  isRunning,
  mainContainersOf,
  type PodView,
  runsOf,
  sandboxesOf,
} from './observed.ts';
import { policyOf, restarts } from './restart.ts';
import type { PodStep } from './steps.ts';
import { joinParts, type Part, terminate } from './terminate.ts';

/**
 * What to do next for one pod name. Pure: the same view gives the same steps, and when there is nothing to do, none.
 *
 * Invariants: nothing of a new pod is *started* while a container of an old one runs (it may be created, so that no
 * time is dead between them); a container is started only in a running sandbox; what runs is never removed; all steps
 * of one plan may be carried out at once.
 */
export const planPod = (view: PodView): Part => {
  const { wanted, hold } = view;
  // Beside another owner of the folder, what runs is left alone: stopping it for an edit would leave it stopped.
  if (hold !== undefined && wanted !== undefined) return { steps: [] };
  const strangers = view.seen.filter((c) => c.pod.uid !== wanted?.uid);
  const reason = wanted === undefined ? 'deleted' : 'replaced';
  const ending = terminate(view, strangers, reason, `the pod was ${reason}`);
  const own = wanted === undefined ? { steps: [] } : planOwn(view, wanted, strangers);
  const part = joinParts([ending, own]);
  return part.steps.length > 0 ? part : joinParts([part, { steps: planGarbage(view) }]);
};

/** Of a pod that is not admitted nothing is made; what runs of it ends only when it was stopped. */
const planOwn = (view: PodView, { uid, pod }: PodSpec, strangers: readonly ObservedContainer[]): Part => {
  switch (view.admission?.state) {
    case 'admitted':
      return planWanted(view, uid, pod, mayStart(pod, strangers));
    case 'stopped': {
      const own = view.seen.filter((c) => c.pod.uid === uid);
      return terminate(view, own, 'stopped', 'the pod was stopped');
    }
    default:
      return { steps: [] };
  }
};

/** While the old pod still runs, the new one is made ready but not started. The old sandbox alone matters only where it may hold ports of the host. */
const mayStart = (pod: Pod, strangers: readonly ObservedContainer[]): boolean => {
  const publishes =
    pod.spec.hostNetwork !== true && mainContainersOf(pod).some((c) => c.ports?.some((p) => p.hostPort));
  return !strangers.some((c) => isRunning(c) && (c.kind === 'container' || publishes));
};

const planWanted = (view: PodView, uid: string, pod: Pod, startable: boolean): Part => {
  const [newest] = sandboxesOf(view.seen, uid);
  const lost = view.seen.filter((c) => c.pod.uid === uid && (c.kind === 'sandbox' ? c !== newest : isLost(c, newest)));
  const ending = terminate(view, lost, 'sandbox-lost', 'the sandbox of the pod is gone');
  if (newest === undefined || hasEnded(newest)) return joinParts([ending, planSandbox(view, uid, pod, newest)]);
  const starts = isFresh(newest) && startable && !isFailing(view);
  const starting: Part = { steps: starts ? [{ do: 'start-sandbox', id: newest.id }] : [] };
  const rules = { uid, policy: policyOf(pod), sandbox: newest, init: false, mayStart: startable };
  const containers = planContainers(view, pod, rules);
  if (containers.finished) return joinParts([ending, { steps: endSandbox(view, newest) }]);
  return joinParts([ending, starting, containers]);
};

/** A container outlives its sandbox only until it is ended: its network is no longer the pod's. */
const isLost = (container: ObservedContainer, newest: ObservedContainer | undefined): boolean =>
  isRunning(container) && (newest === undefined || hasEnded(newest) || container.labels[label.sandboxId] !== newest.id);

/** A new sandbox, if anything is left to run in it and nothing of the lost one runs any more. */
const planSandbox = (view: PodView, uid: string, pod: Pod, lost: ObservedContainer | undefined): Part => {
  const images: readonly PodStep[] = firstImages(view, pod, uid);
  if (lost !== undefined && !somethingLeftToRun(view, uid, pod)) return { steps: [] };
  if (view.seen.some((c) => c.kind === 'container' && c.pod.uid === uid && isRunning(c))) return { steps: [] };
  if (view.volumes?.state !== 'ready') return { steps: images };
  const failure = view.failures.get('');
  if (failure !== undefined && view.now < failure.retryAt) return { steps: images, wakeAt: failure.retryAt };
  return { steps: [{ do: 'create-sandbox', attempt: lost === undefined ? 0 : lost.attempt + 1 }, ...images] };
};

const isFailing = (view: PodView): boolean => (view.failures.get('')?.retryAt ?? 0) > view.now;

/** The images of what runs first, asked for while the sandbox is being made. */
const firstImages = (view: PodView, pod: Pod, uid: string): readonly PodStep[] => {
  const [init] = initContainersOf(pod);
  return (init === undefined ? mainContainersOf(pod) : [init]).flatMap((c) => {
    const attempt = (runsOf(view.seen, uid, c.name)[0]?.attempt ?? -1) + 1;
    return view.images.get(c.name)?.attempt === attempt
      ? []
      : [{ do: 'request-image' as const, container: c.name, attempt }];
  });
};

/** As the kubelet: a pod whose containers have all ended for good gets no new sandbox. */
const somethingLeftToRun = (view: PodView, uid: string, pod: Pod): boolean => {
  const policy = policyOf(pod);
  return mainContainersOf(pod).some((c) => {
    const [last] = runsOf(view.seen, uid, c.name);
    return last === undefined
      ? !initFailedForGood(view, uid, pod)
      : !hasEnded(last) || endedByOrder(view, last) || restarts(policy, last.exitCode);
  });
};

const initFailedForGood = (view: PodView, uid: string, pod: Pod): boolean =>
  policyOf(pod) === 'Never' &&
  initContainersOf(pod).some((c) => {
    const [last] = runsOf(view.seen, uid, c.name);
    return last !== undefined && hasEnded(last) && last.exitCode !== 0;
  });

interface ContainersPlan extends Part {
  /** Everything ended and nothing will start again: the sandbox has no more use. */
  readonly finished: boolean;
}

const planContainers = (view: PodView, pod: Pod, rules: ContainerRules): ContainersPlan => {
  const mains = mainContainersOf(pod);
  if (!mains.some((c) => ranIn(view, c.name, rules))) {
    for (const container of initContainersOf(pod)) {
      const plan = planContainer(view, container, { ...rules, init: true });
      if (plan.state === 'failed') return { steps: [], finished: true };
      if (plan.state !== 'succeeded') return { ...plan, finished: false };
    }
  }
  const plans: readonly ContainerPlan[] = mains.map((c) => planContainer(view, c, rules));
  return { ...joinParts(plans), finished: plans.every((p) => p.state === 'succeeded' || p.state === 'failed') };
};

/** Once a main container was started in this sandbox, the init containers are done, whether or not a trace of them is left. */
const ranIn = (view: PodView, container: string, rules: ContainerRules): boolean =>
  runsOf(view.seen, rules.uid, container).some(
    (run) => run.labels[label.sandboxId] === rules.sandbox.id && !isFresh(run),
  );

const endSandbox = (view: PodView, sandbox: ObservedContainer): readonly PodStep[] =>
  isRunning(sandbox) && !view.stops.get(sandbox.id)?.killed ? [{ do: 'kill', id: sandbox.id }] : [];
