import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, compare, graceMs, SETTLE_MS } from './bench.ts';
import { ms } from './rounds.ts';

/**
 * From the rename of a changed manifest over the old one to the new process's first instruction, less the grace. The
 * floor ends the container, then the sandbox, and then starts the new pod.
 */
export const edit: Bench = async (scope, options) => {
  const grace = graceMs(options);
  const medians = await compare(scope, options, async (side, pod, { stamps }) => {
    await side.start(pod);
    await stamps.next(pod.name);
    await delay(SETTLE_MS);
    const from = await side.edit({ ...pod, edition: 2 });
    const { startedAt } = await stamps.next(pod.name);
    await side.clear(pod);
    return ms(from, startedAt) - grace;
  });
  return { ...medians, graceMs: grace };
};
