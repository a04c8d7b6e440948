import { requestsOf } from '../admission/occupancy.ts';
import type { PodSpec } from '../resources.ts';
import type { FsStats, PodStats } from '../stats/v1alpha1.ts';
import type { Pod } from '../v1.ts';
import type { Signal } from './thresholds.ts';

/** A pod that runs, and what it uses; undefined when that is not known. */
export interface Candidate {
  readonly spec: PodSpec;
  readonly stats: PodStats | undefined;
}

/** pkg/apis/scheduling: the classes that every cluster has, and where the system's begin. */
const classes: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};
const SYSTEM_CRITICAL = 2_000_000_000;

const priorityOf = ({ spec }: Pod): number => spec.priority ?? classes[spec.priorityClassName ?? ''] ?? 0;

/** Pods of the system are never evicted (pkg/kubelet/types IsCriticalPod, without the part about static pods). */
export const isCritical = (pod: Pod): boolean => priorityOf(pod) >= SYSTEM_CRITICAL;

/** What a pod uses and asked for of what a signal is about; undefined where nothing is asked for of it. */
interface Consumption {
  readonly usage: number;
  readonly request: number | undefined;
}

/**
 * What of a pod lies on the file system that is short (pkg/kubelet/eviction buildSignalToRankFunc): all of it where there
 * is only one. Apart from it the imagefs has what containers wrote over their images and, since Docker keeps them, logs.
 */
const storageOf = (stats: PodStats, signal: Signal, hasImageFs: boolean): readonly FsStats[] => {
  const ofContainers = stats.containers.flatMap(({ rootfs, logs }) => [rootfs, logs].filter((fs) => fs !== undefined));
  if (!hasImageFs) return stats['ephemeral-storage'] === undefined ? [] : [stats['ephemeral-storage']];
  return signal.startsWith('imagefs.') ? ofContainers : (stats.volume ?? []);
};

const consumptionOf = ({ spec, stats }: Candidate, signal: Signal, hasImageFs: boolean): Consumption | undefined => {
  if (stats === undefined) return undefined;
  const requests = requestsOf(spec.pod);
  const storage = (of: (fs: FsStats) => number | undefined): number =>
    storageOf(stats, signal, hasImageFs).reduce((sum, fs) => sum + (of(fs) ?? 0), 0);
  switch (signal) {
    case 'memory.available':
      return { usage: stats.memory?.workingSetBytes ?? 0, request: Number(requests.get('memory') ?? 0n) };
    case 'nodefs.available':
    case 'imagefs.available':
      return {
        usage: storage(({ usedBytes }) => usedBytes),
        request: Number(requests.get('ephemeral-storage') ?? 0n),
      };
    case 'nodefs.inodesFree':
    case 'imagefs.inodesFree':
      return { usage: storage(({ inodesUsed }) => inodesUsed), request: undefined };
    case 'pid.available':
      return { usage: stats.process_stats?.process_count ?? 0, request: undefined };
  }
};

/**
 * The pods in the order in which they go (pkg/kubelet/eviction/helpers.go): those of which nothing is known, those that
 * use more than they asked for, those of lower priority, those that use most beyond their request.
 * @param hasImageFs whether images lie on another file system than pods
 */
export const rankForEviction = (
  candidates: readonly Candidate[],
  signal: Signal,
  hasImageFs: boolean,
): readonly Candidate[] => {
  const ranked = candidates.map((candidate) => {
    const consumption = consumptionOf(candidate, signal, hasImageFs);
    const { usage, request } = consumption ?? { usage: 0, request: undefined };
    const key = [
      consumption === undefined ? 0 : 1,
      request !== undefined && usage > request ? 0 : 1,
      priorityOf(candidate.spec.pod),
      (request ?? 0) - usage,
    ];
    return { candidate, key };
  });
  const compare = (a: readonly number[], b: readonly number[]): number =>
    a.map((value, i) => value - (b[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
  return ranked.toSorted((a, b) => compare(a.key, b.key)).map(({ candidate }) => candidate);
};
