import type { Condition } from '../reconcile/conditions.ts';

/** A condition, and what to type about it. */
export interface Finding extends Omit<Condition, 'lastTransitionTime'> {
  /** Present when it is as it should not be. */
  readonly next?: string;
}

/** The conditions that are good when they do not hold. */
const BAD_WHEN_TRUE: ReadonlySet<string> = new Set([
  'ManifestFolderContested',
  'MemoryPressure',
  'DiskPressure',
  'PIDPressure',
  'NetworkUnavailable',
]);

/** The conditions that tell what somebody decided, or what no fault is: they hold or not, and both are well. */
const NEUTRAL: ReadonlySet<string> = new Set(['NodeSchedulable', 'ForeignPods', 'TokenPresent']);

export const isNeutral = ({ type }: Pick<Condition, 'type'>): boolean => NEUTRAL.has(type);

/** Whether a condition says that the host is not as it should be. What is unknown is not yet as it should be. */
export const isBad = ({ type, status }: Pick<Condition, 'type' | 'status'>): boolean =>
  !NEUTRAL.has(type) && status !== (BAD_WHEN_TRUE.has(type) ? 'False' : 'True');
