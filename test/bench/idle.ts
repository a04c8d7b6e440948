import { setTimeout as delay } from 'node:timers/promises';
import { startBootlet } from '../lab/bootlet.ts';
import { allStarted, type Bench, benchPods } from './bench.ts';
import { startLab } from './lab.ts';
import { usageOf } from './process-usage.ts';
import { rounded } from './rounds.ts';
import { bootletSide } from './sides/bootlet.ts';

/** What follows the last start is not idleness yet. */
const QUIET_SECONDS = 20;

/** CPU and memory of the daemon and its children while nothing happens to its pods, which have no probes. */
export const idle: Bench = async (scope, options) => {
  const lab = await startLab(scope);
  const bootlet = await startBootlet(scope, { docker: lab.docker });
  const side = bootletSide(bootlet, lab.docker.engine, lab.stamps.path);
  for (const pod of benchPods('pod', options)) await side.start(pod);
  await allStarted(lab, benchPods('pod', options));
  await delay(QUIET_SECONDS * 1000);

  const pid = bootlet.pid();
  if (pid === undefined) throw new Error('bootlet does not run');
  const before = await usageOf(pid);
  const from = performance.now();
  await delay(options.seconds * 1000);
  const after = await usageOf(pid);
  const seconds = (performance.now() - from) / 1000;
  return {
    pods: options.pods,
    seconds: rounded(seconds),
    cpuPercent: rounded((100 * (after.cpuSeconds - before.cpuSeconds)) / seconds, 3),
    rssMB: rounded(after.rssMB),
    pssMB: rounded(after.pssMB),
    processes: after.processes,
  };
};
