import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bootlet, startBootlet } from '../lab/bootlet.ts';
import { startChild } from '../lab/child.ts';
import type { Scope } from '../lab/scope.ts';
import { allStarted, type Bench, benchPods } from './bench.ts';
import { type Lab, startLab } from './lab.ts';
import { type Usage, usageOf } from './process-usage.ts';
import { rounded } from './rounds.ts';
import { bootletSide } from './sides/bootlet.ts';

/** What follows the last start is not idleness yet. */
const QUIET_SECONDS = 20;
/** Free, since the daemon has a network namespace of its own. */
const PROBED_PORT = 8080;

/**
 * CPU and memory of the daemon and its children while nothing happens to its pods, which have no probes; and, if asked,
 * the CPU that goes beyond that once each is made anew with an HTTP readiness probe.
 */
export const idle: Bench = async (scope, options) => {
  const lab = await startLab(scope);
  const bootlet = await startBootlet(scope, { docker: lab.docker });
  const side = bootletSide(bootlet, lab.docker.engine, lab.stamps.path);
  const pods = benchPods('pod', options);
  for (const pod of pods) await side.start(pod);
  await allStarted(lab, pods);
  const without = await watched(bootlet, options.seconds);
  const figures = {
    pods: options.pods,
    seconds: rounded(without.seconds),
    cpuPercent: rounded(without.cpuPercent, 3),
    rssMB: rounded(without.usage.rssMB),
    pssMB: rounded(without.usage.pssMB),
    processes: without.usage.processes,
  };
  if (!options.probes) return figures;
  startProbed(scope, lab);
  for (const pod of pods) await side.edit({ ...pod, edition: 2, probedPort: PROBED_PORT });
  await allStarted(lab, pods);
  const { cpuPercent } = await watched(bootlet, options.seconds);
  return { ...figures, probesPercent: rounded(cpuPercent - without.cpuPercent, 3) };
};

const startProbed = (scope: Scope, { docker }: Lab): void => {
  const command = [process.execPath, join(import.meta.dirname, 'probed-server.ts'), String(PROBED_PORT)];
  const server = startChild(command, { netns: docker.netns });
  scope.teardown(() => server.end('SIGTERM'));
};

/** CPU of so many seconds, after a pause, as a share of one core; memory as it is at their end. */
const watched = async (
  bootlet: Bootlet,
  forSeconds: number,
): Promise<{ seconds: number; cpuPercent: number; usage: Usage }> => {
  await delay(QUIET_SECONDS * 1000);
  const pid = bootlet.pid();
  if (pid === undefined) throw new Error('bootlet does not run');
  const before = await usageOf(pid);
  const from = performance.now();
  await delay(forSeconds * 1000);
  const usage = await usageOf(pid);
  const seconds = (performance.now() - from) / 1000;
  return { seconds, cpuPercent: (100 * (usage.cpuSeconds - before.cpuSeconds)) / seconds, usage };
};
