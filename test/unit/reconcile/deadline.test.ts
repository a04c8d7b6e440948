import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { test } from 'tap';
import { withDeadline } from '../../../daemon/reconcile/deadline.ts';

/** Work that lasts until its signal aborts, and then fails with the signal's reason. */
const endless = async (signal: AbortSignal): Promise<never> => {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
};

test('work ends when its time is over', async (t) => {
  await t.rejects(withDeadline(10, undefined, endless), { message: 'took longer than 0.01 s' });
});

test('work ends with the signal to stop, also one that came before it', async (t) => {
  const stop = new AbortController();
  const working = withDeadline(60_000, stop.signal, endless);
  stop.abort(new Error('stopped'));
  await t.rejects(working, { message: 'stopped' });
  await t.rejects(withDeadline(60_000, stop.signal, endless), { message: 'stopped' });
});

test('time in which the daemon stood still does not count', async (t) => {
  const reading = withDeadline(10, undefined, async (signal) => {
    await readFile(import.meta.filename);
    signal.throwIfAborted();
    return 'read';
  });
  const until = performance.now() + 200;
  while (performance.now() < until);
  t.equal(await reading, 'read');
});
