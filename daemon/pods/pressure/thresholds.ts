import { thresholdIn } from '../create/quantities.ts';

export const conditions = ['MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

export type PressureCondition = (typeof conditions)[number];

/** The signals of the kubelet (pkg/kubelet/eviction/api), with the node condition and the resource that each stands for. */
export const signals = {
  'memory.available': { condition: 'MemoryPressure', resource: 'memory' },
  'nodefs.available': { condition: 'DiskPressure', resource: 'ephemeral-storage' },
  'nodefs.inodesFree': { condition: 'DiskPressure', resource: 'inodes' },
  'imagefs.available': { condition: 'DiskPressure', resource: 'ephemeral-storage' },
  'imagefs.inodesFree': { condition: 'DiskPressure', resource: 'inodes' },
  'pid.available': { condition: 'PIDPressure', resource: 'pids' },
} as const satisfies Readonly<Record<string, { readonly condition: PressureCondition; readonly resource: string }>>;

export type Signal = keyof typeof signals;

/** What is left of a resource, and how much of it there is at all. */
export interface Observation {
  readonly available: number;
  readonly capacity: number;
}

/** Those that could be looked at. */
export type Observations = Partial<Readonly<Record<Signal, Observation>>>;

/** A signal that fell below its threshold. */
export interface MetThreshold extends Observation {
  readonly signal: Signal;
  readonly threshold: number;
}

const isSignal = (name: string): name is Signal => Object.hasOwn(signals, name);

/**
 * The thresholds that are met, memory first: a lack of it is the most urgent (pkg/kubelet/eviction byEvictionPriority).
 * @param thresholds quantities or percentages by signal
 */
export const metThresholds = (
  thresholds: Readonly<Record<string, string>>,
  observations: Observations,
): readonly MetThreshold[] => {
  const met = Object.entries(thresholds).flatMap(([signal, text]): MetThreshold[] => {
    const seen = isSignal(signal) ? observations[signal] : undefined;
    if (!isSignal(signal) || seen === undefined) return [];
    const threshold = thresholdIn(text, seen.capacity);
    return seen.available < threshold ? [{ signal, threshold, ...seen }] : [];
  });
  return met.toSorted((a, b) => Number(b.signal === 'memory.available') - Number(a.signal === 'memory.available'));
};
