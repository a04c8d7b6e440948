import type { CgroupUsage } from '../../host/cgroup.ts';
import type { FileSystemUsage } from '../../host/file-system.ts';
import { rfc3339 } from '../../kubernetes/time.ts';
import type { Reader } from '../../reconcile/store.ts';
import type { ObservedContainer } from '../../runtime/runtime.ts';
import { containerType, podStatusType } from '../resources.ts';
import type { Pod } from '../v1.ts';
import type { Sample, SamplePair } from './sampler.ts';
import { containerUsage, networkStats, nodeUsageStats, sumOf } from './usage.ts';
import type { ContainerStats, NodeStats, PodStats, UsageStats } from './v1alpha1.ts';

/** A pod that has anything running. */
export interface RunningPod {
  readonly pod: Pod;
  readonly sandbox: ObservedContainer | undefined;
  readonly containers: readonly ObservedContainer[];
}

export const runningPods = (store: Reader): readonly RunningPod[] => {
  const running = store.list(containerType).flatMap(({ value }) => (value.state === 'running' ? [value] : []));
  const byUid = Map.groupBy(running, ({ pod }) => pod.uid);
  return store.list(podStatusType).flatMap(({ value: { pod } }) => {
    const all = byUid.get(pod.metadata.uid ?? '') ?? [];
    if (all.length === 0) return [];
    const sandbox = all.find(({ kind }) => kind === 'sandbox');
    return [{ pod, sandbox, containers: all.filter(({ kind }) => kind === 'container') }];
  });
};

/** Of each running container. */
const containerStats = ({ containers }: RunningPod, pair: SamplePair): readonly ContainerStats[] =>
  containers.map((container) => ({
    name: container.container,
    startTime: rfc3339(container.startedAt),
    ...usageOf([container], pair),
  }));

/** All of a pod but what concerns disks. */
export const podStats = (running: RunningPod, pair: SamplePair): PodStats => {
  const { pod, sandbox, containers } = running;
  const { metadata, status } = pod;
  const all = sandbox === undefined ? containers : [...containers, sandbox];
  const interfaces = pair.now.interfaces.get(sandbox?.id ?? '');
  return {
    podRef: { name: metadata.name, namespace: metadata.namespace ?? '', uid: metadata.uid ?? '' },
    startTime: status?.startTime ?? rfc3339(Math.min(...all.map(({ startedAt }) => startedAt))),
    containers: containerStats(running, pair),
    ...podUsage(metadata.uid ?? '', all, pair),
    // A pod in the host's network has no traffic of its own.
    ...(interfaces === undefined ? {} : { network: networkStats(interfaces, pair.now.at) }),
    process_stats: { process_count: sumIn(all, pair.now).processes ?? 0 },
  };
};

/**
 * The pod's own cgroup tells it, as to the kubelet. Where there is none its containers' memory is, but not their CPU
 * time: the sum of what runs now would fall with every container that ends.
 */
const podUsage = (uid: string, all: readonly ObservedContainer[], pair: SamplePair): UsageStats => {
  const { now, before } = pair;
  const own = now.pods.get(uid);
  if (own !== undefined)
    return containerUsage({ at: now.at, now: own, beforeAt: before.at, before: before.pods.get(uid) });
  const { cpu: _falling, ...rest } = usageOf(all, pair);
  return rest;
};

/** All of the node but what concerns disks. */
export const nodeStats = (nodeName: string, { now, before }: SamplePair): NodeStats => ({
  nodeName,
  startTime: rfc3339(now.node.bootedAt),
  ...nodeUsageStats({ at: now.at, now: now.node, beforeAt: before.at, before: before.node }),
  network: networkStats(now.nodeInterfaces, now.at),
  rlimit: { time: rfc3339(now.at), maxpid: now.node.pids.max, curproc: now.node.pids.used },
});

const sumIn = (containers: readonly ObservedContainer[], sample: Sample): CgroupUsage =>
  sumOf(containers.flatMap(({ id }) => sample.containers.get(id) ?? []));

const usageOf = (containers: readonly ObservedContainer[], { now, before }: SamplePair): UsageStats => {
  // One that was not there before has no rate.
  const isComparable = containers.every(({ id }) => before.containers.has(id));
  return containerUsage({
    at: now.at,
    now: sumIn(containers, now),
    beforeAt: before.at,
    before: isComparable ? sumIn(containers, before) : undefined,
  });
};

/** The file systems that pods use: Kubernetes' nodefs and imagefs. */
export interface NodeFileSystems {
  readonly nodefs: FileSystemUsage;
  /** Undefined while the runtime does not tell where its data are. */
  readonly imagefs: FileSystemUsage | undefined;
}
