import { BootletError } from '../errors.ts';

export interface Backoff {
  /** Delay after the first failure, ms. */
  readonly base: number;
  /** No delay is longer, ms. */
  readonly cap: number;
}

/**
 * How long to wait after `failures` failures in a row: doubling from base to cap, of which the upper half is drawn at
 * random, so that what failed together does not come back together.
 * @param random a number in [0, 1)
 */
export const jitteredDelay = (failures: number, { base, cap }: Backoff, random: number): number => {
  const full = Math.min(cap, base * 2 ** Math.min(failures - 1, 30));
  return full / 2 + (full / 2) * random;
};

/**
 * The same for what was thrown: an error that only a person can mend is tried again at the slowest pace from the start,
 * and none before the time that its `retryAt` tells.
 * @param now ms since the epoch
 */
export const retryDelay = (error: unknown, failures: number, backoff: Backoff, random: number, now: number): number => {
  if (!(error instanceof BootletError)) return jitteredDelay(failures, backoff, random);
  const delay = error.retryable ? jitteredDelay(failures, backoff, random) : backoff.cap;
  return Math.max(0, (error.retryAt ?? now) - now) + delay;
};
