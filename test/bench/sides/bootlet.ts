import { renameSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bootlet } from '../../lab/bootlet.ts';
import type { Engine } from '../../lab/engine.ts';
import { until } from '../../lab/until.ts';
import { type BenchPod, CONTAINER, manifestOf } from '../pod.ts';
import type { Side } from './side.ts';

/** Pods made by bootlet from files; an act is asked for by the rename of a finished file, or by its removal. */
export const bootletSide = (bootlet: Bootlet, engine: Engine, stampSocket: string): Side => {
  const fileOf = (pod: BenchPod) => join(bootlet.manifests, `${pod.name}.yaml`);
  const containers = (pod: BenchPod) => engine.list(`io.kubernetes.pod.name=${pod.name}-${bootlet.nodeName}`);

  const drop = async (pod: BenchPod) => {
    const draft = join(bootlet.dir, `draft-${pod.name}`);
    await writeFile(draft, manifestOf(pod, stampSocket));
    const now = process.hrtime.bigint();
    renameSync(draft, fileOf(pod));
    return now;
  };
  const cleared = async (pod: BenchPod) => {
    await until(async () => (await containers(pod)).length === 0, { what: `no container of ${pod.name} is left` });
  };

  return {
    name: 'bootlet',
    start: drop,
    edit: drop,
    stop: async (pod) => {
      const now = process.hrtime.bigint();
      rmSync(fileOf(pod));
      await cleared(pod);
      return now;
    },
    supervise: () => Promise.resolve(),
    containerId: async (pod) => {
      const running = (await containers(pod)).find(
        ({ Labels, State }) => Labels['io.kubernetes.container.name'] === CONTAINER && State === 'running',
      );
      if (running === undefined) throw new Error(`no container of ${pod.name} runs`);
      return running.Id;
    },
    clear: async (pod) => {
      rmSync(fileOf(pod), { force: true });
      await cleared(pod);
    },
  };
};
