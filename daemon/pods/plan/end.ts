import type { Container } from '../v1.ts';
import { endsForGood, initFailed, nextRun, type PodRules } from './container.ts';
import { hasEnded, initContainersOf, isRunning, mainContainersOf, type PodView, runsOf } from './observed.ts';
import { endedAt } from './restart.ts';
import { isSidecar } from './role.ts';

/** How a pod came to its end, and when (ms since the epoch). */
export interface PodEnd {
  readonly reason: 'finished' | 'deadline';
  readonly at: number;
}

/**
 * The end of a pod that nothing will begin again, whatever of it still runs: an init container that failed for good, all
 * main containers ended for good, or the deadline if that came first (pkg/kubelet active_deadline.go).
 */
export const endOf = (view: PodView, rules: PodRules): PodEnd | undefined => {
  const finished = initFailure(view, rules) ?? mainsEnd(view, rules);
  const deadline = deadlineOf(view, rules);
  if (deadline !== undefined && deadline <= Math.min(view.now, finished ?? view.now))
    return { reason: 'deadline', at: deadline };
  return finished === undefined ? undefined : { reason: 'finished', at: finished };
};

/** ms since the epoch; undefined: none. */
export const deadlineOf = (view: PodView, { pod }: PodRules): number | undefined => {
  const seconds = pod.spec.activeDeadlineSeconds;
  return seconds === undefined ? undefined : view.startedAt + seconds * 1000;
};

const initFailure = (view: PodView, rules: PodRules): number | undefined => {
  for (const container of initContainersOf(rules.pod)) {
    const end = isSidecar(container) ? undefined : endForGood(view, container, rules);
    if (end?.failed) return end.at;
  }
  return undefined;
};

const mainsEnd = (view: PodView, rules: PodRules): number | undefined => {
  const ends = mainContainersOf(rules.pod).map((c) => endForGood(view, c, rules)?.at);
  return ends.reduce((latest, at) => (latest === undefined || at === undefined ? undefined : Math.max(latest, at)), 0);
};

/**
 * Whether no main container stays, or will run again, though some still run: the pod ends now, and as a whole
 * (pkg/kubelet/kuberuntime computePodActions, KillPod).
 */
export const isGivenUp = (view: PodView, rules: PodRules): boolean =>
  mainContainersOf(rules.pod).every((c) => {
    const [last] = runsOf(view.seen, rules.uid, c.name);
    return last !== undefined && isRunning(last)
      ? endsForGood(view, c, last, rules.pod)
      : endForGood(view, c, rules) !== undefined;
  });

const endForGood = (view: PodView, container: Container, rules: PodRules) => {
  const [last, before] = runsOf(view.seen, rules.uid, container.name);
  if (last === undefined || !hasEnded(last)) return undefined;
  if (nextRun(view, container, rules, last, before) !== undefined) return undefined;
  return { at: endedAt(last), failed: initFailed(last) };
};
