/** Does `work` under a signal that aborts after `timeoutMs`, or with `stop`. AbortSignal.any is no choice: it ties every attempt to a signal that lives as long as the daemon. */
export const withDeadline = async <T>(
  timeoutMs: number,
  stop: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const deadline = new AbortController();
  const abort = (): void => deadline.abort();
  const timer = setTimeout(abort, timeoutMs);
  stop?.addEventListener('abort', abort);
  try {
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
    stop?.removeEventListener('abort', abort);
  }
};
