import type { ObservedContainer } from '../../runtime/runtime.ts';
import { label, numberLabel } from '../plan/labels.ts';
import { sandboxesOf } from '../plan/observed.ts';
import type { Pod } from '../v1.ts';

/** When a pod was seen first, ms since the epoch: its status tells it or, to a daemon that was restarted, a label of its sandboxes. */
export const firstSeenAt = (
  before: Pod | undefined,
  seen: readonly ObservedContainer[],
  uid: string,
  now: number,
): number => {
  const known = before?.metadata.uid === uid ? before.metadata.creationTimestamp : undefined;
  if (known !== undefined) return Date.parse(known);
  return Math.min(now, ...sandboxesOf(seen, uid).map((s) => numberLabel(s.labels, label.podSeenAt, s.createdAt)));
};
