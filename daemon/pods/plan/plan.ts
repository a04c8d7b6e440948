import type { ObservedContainer } from '../../runtime/runtime.ts';
import { areHostPortsSet, networkWait } from '../network/readiness.ts';
import type { PodSpec } from '../resources.ts';
import type { Pod } from '../v1.ts';
import { isCurrent, type PodRules } from './container.ts';
import { planContainers } from './containers.ts';
import { deadlineOf, endOf, isGivenUp } from './end.ts';
import { planGarbage } from './garbage.ts';
import { label } from './labels.ts';
import { currentLife } from './life.ts';
import { hasEnded, isFresh, isRunning, mainContainersOf, type PodView, retryAtOf, sandboxesOf } from './observed.ts';
import { planSandbox } from './sandbox.ts';
import { joinParts, type Part } from './stop.ts';
import { terminate } from './terminate.ts';

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
  const ending = terminate(view, strangers, { reason: wanted === undefined ? 'deleted' : 'replaced' });
  const own = wanted === undefined ? { steps: [] } : planOwn(view, wanted, strangers);
  const part = joinParts([ending, own]);
  return part.steps.length > 0 ? part : joinParts([part, planGarbage(view)]);
};

/** Of a pod that is not admitted nothing is made; what runs of it ends only when it was stopped or evicted. */
const planOwn = (view: PodView, spec: PodSpec, strangers: readonly ObservedContainer[]): Part => {
  const own = view.seen.filter((c) => c.pod.uid === spec.uid);
  switch (view.admission?.state) {
    case 'admitted':
      return planWanted(view, spec, own, mayStart(spec.pod, strangers));
    case 'stopped':
      return terminate(view, own, { reason: 'stopped' });
    case 'evicted':
      // The kubelet's, for a hard threshold: there is no time for more.
      return terminate(view, own, { reason: 'stopped', graceSeconds: 1 });
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

/** The rules for a pod as it stands; its sandbox is the newest, whether or not that still runs. */
export const rulesOf = (view: PodView, uid: string, pod: Pod): PodRules => ({
  uid,
  pod,
  sandbox: sandboxesOf(view.seen, uid)[0],
  life: currentLife(view.seen, uid, pod),
});

const planWanted = (
  view: PodView,
  { uid, pod }: PodSpec,
  own: readonly ObservedContainer[],
  startable: boolean,
): Part => {
  const rules = rulesOf(view, uid, pod);
  const end = endOf(view, rules);
  if (end !== undefined) return terminate(view, own, { reason: end.reason });
  const deadline = deadlineOf(view, rules);
  const going = isGivenUp(view, rules)
    ? terminate(view, own, { reason: 'finished' })
    : planGoing(view, rules, own, startable);
  return deadline === undefined ? going : joinParts([going, { steps: [], wakeAt: deadline }]);
};

const planGoing = (view: PodView, rules: PodRules, own: readonly ObservedContainer[], startable: boolean): Part => {
  const { sandbox } = rules;
  const lost = own.filter((c) => (c.kind === 'sandbox' ? c !== sandbox : isLost(c, sandbox)));
  const past = own.filter((c) => c.kind === 'container' && isRunning(c) && !lost.includes(c) && !isCurrent(c, rules));
  const ending = joinParts([
    terminate(view, lost, { reason: 'sandbox-lost' }),
    terminate(view, past, { reason: 'restart-all', graceSeconds: 0 }),
  ]);
  if (sandbox !== undefined && isRunning(sandbox) && sandbox.id === view.renewedSandbox)
    return terminate(view, own, { reason: 'network-changed' });
  if (sandbox === undefined || hasEnded(sandbox)) return joinParts([ending, planSandbox(view, rules, sandbox)]);
  const hasNetwork = networkWait(view, rules.pod) === undefined;
  const starts = isFresh(sandbox) && startable && hasNetwork && retryAtOf(view, '') === undefined;
  const starting: Part = { steps: starts ? [{ do: 'start-sandbox', id: sandbox.id }] : [] };
  if ([...lost, ...past].some((c) => c.kind === 'container')) return joinParts([ending, starting]);
  return joinParts([
    ending,
    starting,
    planContainers(view, { ...rules, sandbox, mayStart: startable && areHostPortsSet(view, sandbox) }),
  ]);
};

/** A container outlives its sandbox only until it is ended: its network is no longer the pod's. */
const isLost = (container: ObservedContainer, newest: ObservedContainer | undefined): boolean =>
  isRunning(container) && (newest === undefined || hasEnded(newest) || container.labels[label.sandboxId] !== newest.id);
