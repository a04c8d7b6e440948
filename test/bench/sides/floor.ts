import type { BenchPod } from '../pod.ts';
import type { DockerCalls } from './docker-calls.ts';
import { containerBody, type PodFiles, sandboxBody } from './floor-bodies.ts';
import type { Side } from './side.ts';

/** The floor: the least Docker calls that make, replace and end a pod like bootlet's, by one who knows what to call. */
export const floorSide = (docker: DockerCalls, files: PodFiles, pauseImage: string): Side => {
  const made = new Map<string, string[]>();
  const current = new Map<string, { readonly sandboxId: string; readonly containerId: string }>();
  const restarts = new Map<string, Promise<void>>();

  const create = async (kind: string, pod: BenchPod, body: object): Promise<string> => {
    const earlier = made.get(pod.name) ?? [];
    const id = await docker.create(`k8s_${kind}_${pod.name}_default_floor_${earlier.length}`, body);
    made.set(pod.name, [...(made.get(pod.name) ?? []), id]);
    return id;
  };
  const createContainer = (pod: BenchPod, sandboxId: string) =>
    create('main', pod, containerBody(pod, sandboxId, files));
  const runningOf = ({ name }: BenchPod) => {
    const running = current.get(name);
    if (running === undefined) throw new Error(`${name} was not started`);
    return running;
  };

  const start = async (pod: BenchPod) => {
    const sandboxId = await create('POD', pod, sandboxBody(pod, pauseImage));
    // A container can be created before its sandbox runs, but not started.
    const [containerId] = await Promise.all([createContainer(pod, sandboxId), docker.start(sandboxId)]);
    await docker.start(containerId);
    current.set(pod.name, { sandboxId, containerId });
  };
  const stop = async (pod: BenchPod) => {
    const { sandboxId, containerId } = runningOf(pod);
    await docker.stop(containerId, pod.graceSeconds);
    await docker.stop(sandboxId, pod.graceSeconds);
  };

  return {
    name: 'floor',
    start: (pod) => timed(() => start(pod)),
    edit: (pod) =>
      timed(async () => {
        await stop(pod);
        await start(pod);
      }),
    stop: (pod) => timed(() => stop(pod)),
    supervise: async (pod) => {
      const { sandboxId, containerId } = runningOf(pod);
      const { event } = await docker.died(containerId);
      const restart = event.then(async () => docker.start(await createContainer(pod, sandboxId)));
      restarts.set(pod.name, restart);
    },
    containerId: async (pod) => runningOf(pod).containerId,
    clear: async (pod) => {
      await restarts.get(pod.name);
      await Promise.all((made.get(pod.name) ?? []).map((id) => docker.remove(id)));
      for (const map of [made, current, restarts]) map.delete(pod.name);
    },
  };
};

const timed = async (act: () => Promise<void>): Promise<bigint> => {
  const from = process.hrtime.bigint();
  await act();
  return from;
};
