import { startBootlet } from '../lab/bootlet.ts';
import { startDockerd } from '../lab/dockerd.ts';
import type { Bench } from './bench.ts';
import { alternate, ms } from './rounds.ts';

/**
 * From exec of the daemon, with an empty manifest folder, until /readyz on its socket is ok, looked at every 5 ms. The
 * floor is `bootlet version` of the same program, from exec to exit: what the executable costs by itself.
 */
export const daemonReady: Bench = async (scope, options) => {
  const docker = await startDockerd(scope);
  const bootlet = await startBootlet(scope, { docker });
  await bootlet.stop();
  const medians = await alternate(options.rounds, {
    floor: async () => {
      const from = process.hrtime.bigint();
      await bootlet.cli('version');
      return ms(from, process.hrtime.bigint());
    },
    bootlet: async () => {
      const from = process.hrtime.bigint();
      await bootlet.start();
      const ready = process.hrtime.bigint();
      await bootlet.stop();
      return ms(from, ready);
    },
  });
  return { ...medians };
};
