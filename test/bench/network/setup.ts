import type { Bench } from '../bench.ts';
import { median, rounded } from '../rounds.ts';
import { benchHost, foreignRatios, inEachSituation, TARGET_RATIO } from './host.ts';

/**
 * From a host with a running Docker and nothing of bootlet to one that is as it should be, Docker's restart included. The
 * floor runs the same changing commands one after another, and looks at nothing.
 */
export const networkSetup: Bench = async (_, { rounds }) => {
  const figures = await inEachSituation(async (scope, situation) => {
    const { settings, docker } = await benchHost(scope, situation);
    const own: number[] = [];
    const floor: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const setup = await settings.setup();
      await settings.reset();
      const bare = await settings.replay(setup);
      // What the floor made is taken over, so that a reset knows of it.
      await settings.setup();
      await settings.reset();
      await docker.restart();
      if (round === 0) continue;
      own.push(...setup.times);
      floor.push(...bare.times);
    }
    return { ms: rounded(median(own)), floorMs: rounded(median(floor)) };
  });
  return { rounds, ...figures, ...foreignRatios(figures), targetRatio: TARGET_RATIO };
};
