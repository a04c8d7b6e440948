/** Timers are late by less than this on a daemon that is merely busy. */
const LATE_MS = 50;

/**
 * Does `work` under a signal that aborts after `timeoutMs`, or with `stop`. Time in which the daemon itself stood still,
 * reading a huge manifest say, is given once more: what arrived meanwhile has not been looked at. AbortSignal.any is no
 * choice: it ties every piece of work to a signal that lives as long as the daemon.
 */
export const withDeadline = async <T>(
  timeoutMs: number,
  stop: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const deadline = new AbortController();
  const abort = (): void => deadline.abort(stop?.reason);
  const expire = (): void => deadline.abort(new Error(`took longer than ${timeoutMs / 1000} s`));
  const dueAt = performance.now() + timeoutMs;
  let timer = setTimeout(() => {
    const late = performance.now() - dueAt;
    if (late < LATE_MS) expire();
    else timer = setTimeout(expire, late);
  }, timeoutMs);
  if (stop?.aborted) abort();
  stop?.addEventListener('abort', abort);
  try {
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
    stop?.removeEventListener('abort', abort);
  }
};
