import type { Clock } from '../reconcile/clock.ts';
import type { Reader } from '../reconcile/store.ts';
import { type NetworkEventKind, networkMonitorType } from './resources.ts';

/** The slow look behind events and polls, ms. */
const FULL_CHECK_MS = 5 * 60_000;

export interface LookTraits {
  readonly wokenBy: readonly NetworkEventKind[];
  /** Whether some of it changes without an event. */
  readonly polled: boolean;
}

/** When something of the host is looked at next although nothing happens: soon, where what happens is not heard. */
export const nextLookAt = (
  { wokenBy, polled }: LookTraits,
  { store, clock, pollSeconds }: { readonly store: Reader; readonly clock: Clock; readonly pollSeconds: number },
): number => {
  const isDeaf = wokenBy.some((kind) => store.get(networkMonitorType, kind)?.isListening === false);
  return clock.now() + (polled || isDeaf ? pollSeconds * 1000 : FULL_CHECK_MS);
};
