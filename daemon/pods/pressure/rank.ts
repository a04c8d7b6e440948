import { requestsOf } from '../admission/occupancy.ts';
import type { PodSpec } from '../resources.ts';
import type { PodStats } from '../stats/v1alpha1.ts';
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

const consumptionOf = ({ spec, stats }: Candidate, signal: Signal): Consumption | undefined => {
  if (stats === undefined) return undefined;
  const requests = requestsOf(spec.pod);
  const storage = stats['ephemeral-storage'];
  switch (signal) {
    case 'memory.available':
      return { usage: stats.memory?.workingSetBytes ?? 0, request: Number(requests.get('memory') ?? 0n) };
    case 'nodefs.available':
    case 'imagefs.available':
      return { usage: storage?.usedBytes ?? 0, request: Number(requests.get('ephemeral-storage') ?? 0n) };
    case 'nodefs.inodesFree':
    case 'imagefs.inodesFree':
      return { usage: storage?.inodesUsed ?? 0, request: undefined };
    case 'pid.available':
      return { usage: stats.process_stats?.process_count ?? 0, request: undefined };
  }
};

/**
 * The pods in the order in which they go (pkg/kubelet/eviction/helpers.go): those of which nothing is known, those that
 * use more than they asked for, those of lower priority, those that use most beyond their request.
 */
export const rankForEviction = (candidates: readonly Candidate[], signal: Signal): readonly Candidate[] => {
  const ranked = candidates.map((candidate) => {
    const consumption = consumptionOf(candidate, signal);
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
