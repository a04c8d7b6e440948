import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 5;

/** Resolves once no process has the pid. Node cannot wait for a process that is not its child, hence the poll. */
export const processGone = async (pid: number, ms: number): Promise<void> => {
  const until = Date.now() + ms;
  while (existsSync(`/proc/${pid}`)) {
    if (Date.now() > until) throw new Error(`process ${pid} still runs after ${ms} ms`);
    await delay(POLL_MS);
  }
};
