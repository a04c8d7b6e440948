import { type Bench, compare } from './bench.ts';
import { ms } from './rounds.ts';

/** From the rename of the manifest into the folder, or the first Docker call, to the process's first instruction. */
export const podStart: Bench = async (scope, options) => ({
  ...(await compare(scope, options, async (side, pod, { stamps }) => {
    const from = await side.start(pod);
    const { startedAt } = await stamps.next(pod.name);
    await side.clear(pod);
    return ms(from, startedAt);
  })),
});
