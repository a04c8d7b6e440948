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
]);

/** Whether a condition says that the host is not as it should be. What is unknown is not yet as it should be. */
export const isBad = ({ type, status }: Pick<Condition, 'type' | 'status'>): boolean =>
  status !== (BAD_WHEN_TRUE.has(type) ? 'False' : 'True');
