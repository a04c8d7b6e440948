import { startBootlet } from '../lab/bootlet.ts';
import { type RunResult, tryRun } from '../lab/run.ts';
import { allStarted, type Bench, benchPods } from './bench.ts';
import { startLab } from './lab.ts';
import { alternate, ms } from './rounds.ts';
import { bootletSide } from './sides/bootlet.ts';

/** `bootlet status` beside `docker ps` about the same pods, each from exec to exit. */
export const cli: Bench = async (scope, options) => {
  const lab = await startLab(scope);
  const bootlet = await startBootlet(scope, { docker: lab.docker });
  const side = bootletSide(bootlet, lab.docker.engine, lab.stamps.path);
  for (const pod of benchPods('pod', options)) await side.start(pod);
  await allStarted(lab, benchPods('pod', options));

  const medians = await alternate(options.rounds, {
    floor: () => timed(() => tryRun('docker', ['--host', lab.docker.endpoint, 'ps'])),
    bootlet: () => timed(() => bootlet.cli('status')),
  });
  return { pods: options.pods, ...medians };
};

const timed = async (command: () => Promise<RunResult>): Promise<number> => {
  const from = process.hrtime.bigint();
  const { code, stderr } = await command();
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`);
  return ms(from, process.hrtime.bigint());
};
