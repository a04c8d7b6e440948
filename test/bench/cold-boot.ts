import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bootlet, startBootlet } from '../lab/bootlet.ts';
import { allStarted, type Bench, benchPods } from './bench.ts';
import { type Lab, startLab } from './lab.ts';
import { type BenchPod, manifestOf } from './pod.ts';
import { alternate, ms } from './rounds.ts';

/** As many pods at a time as Docker gains from on two cores. */
const AT_A_TIME = 8;

/**
 * Until the first instruction of the last of many pods: with the manifests in the folder, from the start of the
 * daemon's process; on the floor, where the one who calls runs already, from the first call.
 */
export const coldBoot: Bench = async (scope, options) => {
  const lab = await startLab(scope);
  const floor = async (round: number) => {
    const pods = benchPods(`floor-${round}`, options);
    const from = process.hrtime.bigint();
    await atATime(pods, lab.floor.start);
    const time = await untilLast(lab, pods, from);
    await atATime(pods, lab.floor.clear);
    return time;
  };
  const bootletRound = (bootlet: Bootlet) => async (round: number) => {
    const pods = benchPods(`bootlet-${round}`, options);
    for (const pod of pods)
      await writeFile(join(bootlet.manifests, `${pod.name}.yaml`), manifestOf(pod, lab.stamps.path));
    const from = process.hrtime.bigint();
    await bootlet.start();
    const time = await untilLast(lab, pods, from);
    await bootlet.kill9();
    for (const pod of pods) await bootlet.take(`${pod.name}.yaml`);
    await atATime(await lab.docker.engine.list('io.bootlet.instance'), ({ Id }) => lab.calls.remove(Id));
    return time;
  };

  if (options.floorOnly)
    return { pods: options.pods, ...(await alternate(options.rounds, { floor, bootlet: undefined })) };
  const bootlet = await startBootlet(scope, { docker: lab.docker });
  await bootlet.stop();
  const medians = await alternate(options.rounds, { floor, bootlet: bootletRound(bootlet) });
  return { pods: options.pods, ...medians };
};

/** Milliseconds from `from` to the start of the last of the pods. */
const untilLast = async (lab: Lab, pods: readonly BenchPod[], from: bigint): Promise<number> =>
  Math.max(...(await allStarted(lab, pods)).map((at) => ms(from, at)));

const atATime = async <T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> => {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await act(item);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
};
