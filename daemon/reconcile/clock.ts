/** Time, handed in so that tests can stand still. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fire` once at or after `at`; the returned function takes it back. */
  setTimer(at: number, fire: () => void): () => void;
}

/** setTimeout holds at most 2^31-1 ms and fires at once beyond that. */
const LONGEST_TIMER_MS = 0x7fffffff;

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer: (at, fire) => {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = at - Date.now();
      timer = left > LONGEST_TIMER_MS ? setTimeout(arm, LONGEST_TIMER_MS) : setTimeout(fire, Math.max(0, left));
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** Until the time is over or the signal aborts. */
export const sleep = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.setTimer(clock.now() + ms, end);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
