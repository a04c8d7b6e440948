import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** What is waited for, for the error message. */
  readonly what: string;
  /** Milliseconds, default 60 s: only a failure takes that long. */
  readonly within?: number;
  /** Milliseconds between two looks, default 25. */
  readonly every?: number;
  /** Aborted when it cannot come any more. */
  readonly signal?: AbortSignal;
}

/**
 * Looks until `probe` gives something other than undefined and false, and returns that. For what reports no event;
 * what `probe` throws counts as *not yet* and is the cause of the error when time runs out.
 */
export const until = async <T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  { what, within = 60_000, every = 25, signal }: UntilOptions,
): Promise<T> => {
  const deadline = Date.now() + within;
  for (;;) {
    let reason: unknown;
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      reason = error;
    }
    if (Date.now() > deadline) throw new Error(`not within ${within} ms: ${what}`, { cause: reason });
    await delay(every, undefined, signal === undefined ? {} : { signal });
  }
};
