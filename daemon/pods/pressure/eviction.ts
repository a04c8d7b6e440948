import type { Clock } from '../../reconcile/clock.ts';
import { type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { Reader } from '../../reconcile/store.ts';
import { isRunning } from '../plan/observed.ts';
import {
  containerType,
  nodePressureType,
  podAdmissionType,
  podEvictionType,
  podKey,
  podSpecType,
  sourcesReadyType,
} from '../resources.ts';
import type { PodMeters } from '../stats/meters.ts';
import type { Stats } from '../stats/stats.ts';
import type { Evictions } from './evictions.ts';
import { evictionMessage } from './message.ts';
import { type Candidate, isCritical, rankForEviction } from './rank.ts';
import { type MetThreshold, metThresholds, type Observations, signals } from './thresholds.ts';

export interface EvictionOptions {
  /** Quantities or percentages by signal. */
  readonly thresholds: Readonly<Record<string, string>>;
  readonly observe: () => Promise<Observations>;
  readonly stats: Pick<Stats, 'usage' | 'summary' | 'hasImageFs'>;
  readonly meters: PodMeters;
  readonly evictions: Evictions;
  readonly clock: Clock;
}

/** Between two evictions: the kubelet's evictionMonitoringPeriod. */
const PERIOD_MS = 10_000;
const NODE = ['node'];

/**
 * Evicts pods, one at a time, while the node is short of something, and lets them start again once it has not been for a
 * while. The kubelet never evicts static pods, since nobody would make them anew: this is for those who ask for it.
 */
export const evictionController = (options: EvictionOptions): Controller => {
  const { evictions, clock } = options;
  /** Not before this is a pod evicted. */
  let nextAt = 0;
  return {
    name: 'eviction',
    inputs: [input(nodePressureType, () => NODE), input(podSpecType, () => NODE), input(sourcesReadyType, () => NODE)],
    outputs: [],
    async reconcile(_key, { store }): Promise<Outcome> {
      const pressures = store.list(nodePressureType).map(({ value }) => value);
      // Before they are known all pods look as if they were gone, and the node as if it had room.
      if (pressures.length === 0 || store.list(sourcesReadyType).length === 0)
        return { kind: 'wait', for: 'the pods that are wanted and what the node is short of' };
      const isPressed = pressures.some((pressure) => pressure.isPressed);
      evictions.keep((key, { uid }) => isPressed && store.get(podSpecType, key)?.uid === uid);
      await evictions.save();
      if (pressures.every(({ met }) => met === undefined)) {
        nextAt = 0;
        return done;
      }
      const now = clock.now();
      // A full disk gets a period's time: images that nobody needs go first.
      if (nextAt === 0) nextAt = pressures.some(({ met }) => met === 'memory.available') ? now : now + PERIOD_MS;
      if (now < nextAt) return { kind: 'requeue', at: nextAt };
      nextAt = now + PERIOD_MS;
      if (!isOneEnding(store)) await evictOne(options, store);
      await evictions.save();
      return { kind: 'requeue', at: nextAt };
    },
  };
};

/** What an evicted pod holds is not free before it has ended. */
const isOneEnding = (store: Reader): boolean =>
  store
    .list(podEvictionType)
    .some(({ value: { uid } }) =>
      store.list(containerType).some(({ value }) => value.pod.uid === uid && isRunning(value)),
    );

const evictOne = async (
  { thresholds, observe, stats, meters, evictions }: EvictionOptions,
  store: Reader,
): Promise<void> => {
  const [met] = metThresholds(thresholds, await observe());
  if (met === undefined) return;
  const candidate = await firstToGo(store, stats, met);
  if (candidate === undefined) return;
  const { spec } = candidate;
  evictions.add(podKey(spec), { uid: spec.uid, message: evictionMessage(candidate, met) });
  meters.evictions.increment({ eviction_signal: met.signal });
};

const firstToGo = async (
  store: Reader,
  stats: EvictionOptions['stats'],
  { signal }: MetThreshold,
): Promise<Candidate | undefined> => {
  // A walk through all files would come late for memory.
  const isAboutDisk = signals[signal].condition === 'DiskPressure';
  const { pods } = await (isAboutDisk ? stats.summary() : stats.usage());
  const hasImageFs = isAboutDisk && (await stats.hasImageFs());
  const running = new Set(store.list(containerType).flatMap(({ value }) => (isRunning(value) ? [value.pod.uid] : [])));
  const candidates = store
    .list(podSpecType)
    .map(({ value }) => value)
    .filter((spec) => running.has(spec.uid) && !isCritical(spec.pod))
    .filter((spec) => store.get(podAdmissionType, podKey(spec))?.state === 'admitted')
    .map((spec) => ({ spec, stats: pods.find(({ podRef }) => podRef.uid === spec.uid) }));
  return rankForEviction(candidates, signal, hasImageFs)[0];
};
