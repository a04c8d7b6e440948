import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, compare, SETTLE_MS } from './bench.ts';
import { ms } from './rounds.ts';

/**
 * From SIGKILL to the process until the first instruction of the one in its place. The floor waits for Docker's `die`
 * event, creates a container in the same sandbox and starts it. A fresh pod each round: by the kubelet's back-off only
 * a container's first restart is immediate.
 */
export const crashRestart: Bench = async (scope, options) => ({
  ...(await compare(scope, options, async (side, pod, { calls, stamps }) => {
    await side.start(pod);
    await stamps.next(pod.name);
    await side.supervise(pod);
    await delay(SETTLE_MS);
    const pid = await calls.pid(await side.containerId(pod));
    const from = process.hrtime.bigint();
    process.kill(pid, 'SIGKILL');
    const { startedAt } = await stamps.next(pod.name);
    await side.clear(pod);
    return ms(from, startedAt);
  })),
});
