import type { Pod, PodCondition, PodStatus } from 'kubernetes-types/core/v1.d.ts';
import type { StaticPod } from './mirror-pod.ts';

/** Those that a node tells (pkg/kubelet/types/pod_status.go). What others set stays. */
const ownConditions: ReadonlySet<string> = new Set([
  'PodScheduled',
  'Ready',
  'Initialized',
  'ContainersReady',
  'PodReadyToStartContainers',
  'AllContainersRestarting',
]);

/** A node may not change these, or what it knows of them is not newer (status_manager.go mergePodStatus). */
const keptFields: ReadonlySet<string> = new Set([
  'qosClass',
  'resourceClaimStatuses',
  'extendedResourceClaimStatus',
  'nodeAllocatableResourceClaimStatuses',
]);

/** By condition since when it is as it is. */
export type Transitions = ReadonlyMap<string, string | undefined>;

export const transitionsOf = ({ conditions = [] }: NonNullable<StaticPod['status']>): Transitions =>
  new Map(conditions.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]));

/**
 * The status that the mirror shall have.
 * @param first the transitions that this process saw first: what has not changed since did so before, when the mirror tells
 */
export const shownStatus = (pod: StaticPod, mirror: Pod, first: Transitions): PodStatus => {
  const own = pod.status ?? {};
  const shown = mirror.status ?? {};
  const kept = Object.fromEntries(Object.entries(shown).filter(([field]) => keptFields.has(field)));
  const others = (shown.conditions ?? []).filter(({ type }) => !ownConditions.has(type));
  const startTime = shown.startTime ?? own.startTime;
  return {
    ...own,
    ...kept,
    ...(startTime === undefined ? {} : { startTime }),
    conditions: [...others, ...(own.conditions ?? []).map((condition) => since(condition, shown, first))],
  };
};

const since = (condition: PodCondition, shown: PodStatus, first: Transitions): PodCondition => {
  const { type, status, lastTransitionTime } = condition;
  const before = shown.conditions?.find((other) => other.type === type);
  const isUnchanged = before?.status === status && first.get(type) === lastTransitionTime;
  return isUnchanged && before.lastTransitionTime !== undefined
    ? { ...condition, lastTransitionTime: before.lastTransitionTime }
    : condition;
};
