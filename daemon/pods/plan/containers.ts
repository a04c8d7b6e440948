import type { Container } from '../v1.ts';
import { type ContainerRules, isCurrent, planContainer } from './container.ts';
import { initContainersOf, isFresh, isRunning, mainContainersOf, type PodView, runsOf } from './observed.ts';
import { isSidecar } from './role.ts';
import { hasStarted } from './started.ts';
import { joinParts, type Part } from './stop.ts';

/**
 * What to do for the containers of a pod (pkg/kubelet/kuberuntime computePodActions, computeInitContainerActions): init
 * containers one after another, where a sidecar makes the next wait only until it has started; then all main ones.
 * How far a pod got is told by the furthest container that was begun: before it, only sidecars have still to be kept
 * running, and those hold nothing up any more.
 */
export const planContainers = (view: PodView, rules: ContainerRules): Part => {
  const inits = initContainersOf(rules.pod);
  const mains = mainContainersOf(rules.pod);
  const begun = furthestBegun(view, rules, inits, mains);
  const parts: Part[] = [];
  for (const [i, container] of inits.entries()) {
    const isPast = i < begun.index || (begun.isInitialized && !isSidecar(container));
    if (isPast && !isSidecar(container)) continue;
    const plan = planContainer(view, container, rules);
    parts.push(plan);
    const letsNextStart = isSidecar(container) ? isStarted(view, container, rules) : plan.state === 'ended';
    if (!isPast && !letsNextStart) return joinParts(parts);
  }
  return joinParts([...parts, ...planMains(view, mains, rules)]);
};

/** Main containers start together, but for those after one whose postStart hook is to come or under way: the kubelet starts them one by one. */
const planMains = (view: PodView, mains: readonly Container[], rules: ContainerRules): readonly Part[] => {
  let isHeld = false;
  return mains.map((container) => {
    const plan = planContainer(view, container, { ...rules, mayStart: rules.mayStart && !isHeld });
    isHeld ||= container.lifecycle?.postStart !== undefined && plan.state === 'starting' && !isFailing(view, container);
    return plan;
  });
};

/** One that cannot be made or started holds nothing up. */
const isFailing = (view: PodView, { name }: Container): boolean =>
  view.failures.has(name) || view.images.get(name)?.state === 'failed';

interface Begun {
  /** Among the init containers; their number where a main container is there. */
  readonly index: number;
  /** Once a main container ran, the init containers are done, whether or not a trace of them is left. */
  readonly isInitialized: boolean;
}

/** While no main container is there, the last sidecar has to be running before one is started again. */
const furthestBegun = (
  view: PodView,
  rules: ContainerRules,
  inits: readonly Container[],
  mains: readonly Container[],
): Begun => {
  const currentRuns = (c: Container) => runsOf(view.seen, rules.uid, c.name).filter((run) => isCurrent(run, rules));
  const runs = mains.flatMap(currentRuns);
  if (runs.some((run) => isRunning(run))) return { index: inits.length, isInitialized: true };
  if (runs.some((run) => !isFresh(run))) return { index: inits.length - 1, isInitialized: true };
  return { index: inits.findLastIndex((c) => currentRuns(c).length > 0), isInitialized: false };
};

const isStarted = (view: PodView, container: Container, rules: ContainerRules): boolean => {
  const [last] = runsOf(view.seen, rules.uid, container.name);
  return last !== undefined && isCurrent(last, rules) && hasStarted(view, container, last);
};
