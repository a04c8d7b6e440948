import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, compare, graceMs, SETTLE_MS } from './bench.ts';
import { ms } from './rounds.ts';

/** From the removal of the manifest, or the call to stop, until the process is gone, less the grace. */
export const remove: Bench = async (scope, options) => {
  const grace = graceMs(options);
  const medians = await compare(scope, options, async (side, pod, { stamps }) => {
    await side.start(pod);
    const { goneAt } = await stamps.next(pod.name);
    await delay(SETTLE_MS);
    const from = await side.stop(pod);
    await side.clear(pod);
    return ms(from, await goneAt) - grace;
  });
  return { ...medians, graceMs: grace };
};
