import { stat } from 'node:fs/promises';
import type { CgroupRoots } from '../../host/cgroup.ts';
import { fileSystemOf } from '../../host/file-system.ts';
import { unless, unlessMissing } from '../../host/missing.ts';
import { upperFolderOf } from '../../host/processes.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { Reader } from '../../reconcile/store.ts';
import type { ContainerRuntime } from '../../runtime/runtime.ts';
import { podFiles } from '../create/pod-files.ts';
import { type MeasuredGroup, measuredGroups } from './cadvisor.ts';
import { DiskUsage } from './disk.ts';
import { UsageSampler } from './sampler.ts';
import { type NodeFileSystems, nodeStats, podStats, type RunningPod, runningPods } from './summary.ts';
import { folderStats, fsStats } from './usage.ts';
import type { ContainerStats, FsStats, PodStats, Summary } from './v1alpha1.ts';

export interface StatsOptions {
  readonly nodeName: string;
  readonly store: Reader;
  readonly runtime: Pick<ContainerRuntime, 'dataRoot'>;
  readonly clock: Clock;
  readonly roots: CgroupRoots;
  /** The state folder: what it lies on is the node's file system. */
  readonly state: string;
}

/** The statistics that the kubelet serves. Nothing is measured unless it is asked for. */
export class Stats {
  readonly #options: StatsOptions;
  readonly #sampler: UsageSampler;
  readonly #disk: DiskUsage;

  constructor(options: StatsOptions) {
    this.#options = options;
    this.#sampler = new UsageSampler(options);
    this.#disk = new DiskUsage(options.clock);
  }

  /** CPU, memory, swap and network of the node and its running pods. */
  async usage(): Promise<Summary> {
    const pair = await this.#sampler.pair();
    const { nodeName, store } = this.#options;
    return { node: nodeStats(nodeName, pair), pods: runningPods(store).map((running) => podStats(running, pair)) };
  }

  /** What the kernel tells of each control group of the running pods. */
  async groups(): Promise<readonly MeasuredGroup[]> {
    const { now } = await this.#sampler.pair();
    return runningPods(this.#options.store).flatMap((running) => measuredGroups(running, now));
  }

  /** The usage with what concerns disks, which takes a walk through the pods' files once a minute. */
  async summary(): Promise<Summary> {
    const pair = await this.#sampler.pair();
    const { nodeName, store } = this.#options;
    const systems = await this.#fileSystems();
    const node = nodeStats(nodeName, pair);
    const imagefs = systems.imagefs === undefined ? undefined : fsStats(systems.imagefs, pair.now.at);
    const pods = runningPods(store);
    return {
      node: {
        ...node,
        fs: fsStats(systems.nodefs, pair.now.at),
        ...(imagefs === undefined ? {} : { runtime: { imageFs: imagefs, containerFs: imagefs } }),
      },
      pods: await Promise.all(pods.map((pod) => this.#withDisk(podStats(pod, pair), pod, systems, pair.now.at))),
    };
  }

  /** Whether images lie on another file system than pods (pkg/kubelet/cadvisor HasDedicatedImageFs); no while that is unknown. */
  async hasImageFs(): Promise<boolean> {
    const { runtime, state } = this.#options;
    const root = await unless(['E_RUNTIME_UNAVAILABLE'], runtime.dataRoot());
    return root !== undefined && (await stat(root)).dev !== (await stat(state)).dev;
  }

  async #fileSystems(): Promise<NodeFileSystems> {
    const { runtime, state } = this.#options;
    const root = await unless(['E_RUNTIME_UNAVAILABLE'], runtime.dataRoot());
    return { nodefs: await fileSystemOf(state), imagefs: root === undefined ? undefined : await fileSystemOf(root) };
  }

  async #withDisk(stats: PodStats, running: RunningPod, systems: NodeFileSystems, at: number): Promise<PodStats> {
    const files = podFiles(this.#options.state, stats.podRef.uid);
    const emptyDirs = (running.pod.spec.volumes ?? []).filter(({ emptyDir }) => emptyDir !== undefined);
    const [containers, volume] = await Promise.all([
      Promise.all(stats.containers.map((container, i) => this.#containerDisk(container, running, i, systems, at))),
      Promise.all(
        emptyDirs.map(async ({ name }) => {
          const folder = files.volume('empty-dir', name);
          const fs = (await unlessMissing(fileSystemOf(folder))) ?? systems.nodefs;
          return { ...folderStats(fs, await this.#disk.folder(folder), at), name };
        }),
      ),
    ]);
    // A Memory emptyDir is counted as memory, not as storage.
    const onDisk = volume.filter(({ name }) => emptyDirs.find((v) => v.name === name)?.emptyDir?.medium !== 'Memory');
    const parts: readonly (FsStats | undefined)[] = [...containers.flatMap((c) => [c.rootfs, c.logs]), ...onDisk];
    const total = (of: (fs: FsStats) => number | undefined): number =>
      parts.reduce((sum, fs) => sum + ((fs === undefined ? undefined : of(fs)) ?? 0), 0);
    const own = { bytes: total(({ usedBytes }) => usedBytes), inodes: total(({ inodesUsed }) => inodesUsed) };
    return {
      ...stats,
      containers,
      ...(volume.length === 0 ? {} : { volume }),
      'ephemeral-storage': folderStats(systems.nodefs, own, at),
    };
  }

  async #containerDisk(
    stats: ContainerStats,
    { containers }: RunningPod,
    index: number,
    { nodefs, imagefs }: NodeFileSystems,
    at: number,
  ): Promise<ContainerStats> {
    const container = containers[index];
    // Docker with containerd's image store does not tell.
    const layer = container?.writableLayer || upperFolderOf(this.#options.roots.proc, container?.pid ?? 0);
    const log = container?.logPath ?? '';
    const [rootfs, logs] = await Promise.all([
      layer === undefined ? undefined : this.#disk.folder(layer),
      log === '' ? undefined : this.#disk.log(log),
    ]);
    return {
      ...stats,
      ...(imagefs === undefined
        ? {}
        : { rootfs: folderStats(imagefs, rootfs, at), logs: folderStats(imagefs, logs, at) }),
      ...(imagefs === undefined && logs !== undefined ? { logs: folderStats(nodefs, logs, at) } : {}),
    };
  }
}
