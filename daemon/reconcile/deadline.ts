/**
 * Does `work` under a signal that aborts after `timeoutMs`, or with `stop`. AbortSignal.any is no choice: it ties every
 * piece of work to a signal that lives as long as the daemon.
 */
export const withDeadline = async <T>(
  timeoutMs: number,
  stop: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const deadline = new AbortController();
  const abort = (): void => deadline.abort(stop?.reason);
  const timer = setTimeout(() => deadline.abort(new Error(`took longer than ${timeoutMs / 1000} s`)), timeoutMs);
  if (stop?.aborted) abort();
  stop?.addEventListener('abort', abort);
  try {
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
    stop?.removeEventListener('abort', abort);
  }
};
