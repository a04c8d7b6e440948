import type { Clock } from '../../reconcile/clock.ts';
import { type Context, type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { Reader } from '../../reconcile/store.ts';
import { isRunning } from '../plan/observed.ts';
import {
  containerType,
  nodePressureType,
  podAdmissionType,
  podEvictionType,
  podKey,
  podSpecType,
} from '../resources.ts';
import type { PodMeters } from '../stats/meters.ts';
import type { Stats } from '../stats/stats.ts';
import { evictionMessage } from './message.ts';
import { type Candidate, isCritical, rankForEviction } from './rank.ts';
import { type MetThreshold, metThresholds, type Observations } from './thresholds.ts';

export interface EvictionOptions {
  /** Quantities or percentages by signal. */
  readonly thresholds: Readonly<Record<string, string>>;
  readonly observe: () => Promise<Observations>;
  readonly stats: Pick<Stats, 'summary'>;
  readonly meters: PodMeters;
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
  /** Not before this is a pod evicted. */
  let nextAt = 0;
  return {
    name: 'eviction',
    inputs: [input(nodePressureType, () => NODE), input(podSpecType, () => NODE)],
    outputs: [podEvictionType],
    async reconcile(_key, context): Promise<Outcome> {
      const { store } = context;
      const pressures = store.list(nodePressureType).map(({ value }) => value);
      dropEvictions(
        context,
        pressures.some(({ isPressed }) => isPressed),
      );
      if (pressures.every(({ met }) => met === undefined)) {
        nextAt = 0;
        return done;
      }
      const now = options.clock.now();
      // A full disk gets a period's time: images that nobody needs go first.
      if (nextAt === 0) nextAt = pressures.some(({ met }) => met === 'memory.available') ? now : now + PERIOD_MS;
      if (now < nextAt) return { kind: 'requeue', at: nextAt };
      nextAt = now + PERIOD_MS;
      if (!isOneEnding(store)) await evictOne(options, context);
      return { kind: 'requeue', at: nextAt };
    },
  };
};

/** All of them once the pressure is over, and those of pods that are not wanted any more. */
const dropEvictions = ({ store, remove }: Context, isPressed: boolean): void => {
  for (const { id, value } of store.list(podEvictionType))
    if (!isPressed || store.get(podSpecType, id)?.uid !== value.uid) remove(podEvictionType, id);
};

/** What an evicted pod holds is not free before it has ended. */
const isOneEnding = (store: Reader): boolean =>
  store
    .list(podEvictionType)
    .some(({ value: { uid } }) =>
      store.list(containerType).some(({ value }) => value.pod.uid === uid && isRunning(value)),
    );

const evictOne = async ({ thresholds, observe, stats, meters }: EvictionOptions, context: Context): Promise<void> => {
  const [met] = metThresholds(thresholds, await observe());
  if (met === undefined) return;
  const candidate = await firstToGo(context.store, stats, met);
  if (candidate === undefined) return;
  const { spec } = candidate;
  context.put(podEvictionType, podKey(spec), { uid: spec.uid, message: evictionMessage(candidate, met) });
  meters.evictions.increment({ eviction_signal: met.signal });
};

const firstToGo = async (
  store: Reader,
  stats: EvictionOptions['stats'],
  { signal }: MetThreshold,
): Promise<Candidate | undefined> => {
  const { pods } = await stats.summary();
  const running = new Set(store.list(containerType).flatMap(({ value }) => (isRunning(value) ? [value.pod.uid] : [])));
  const candidates = store
    .list(podSpecType)
    .map(({ value }) => value)
    .filter((spec) => running.has(spec.uid) && !isCritical(spec.pod))
    .filter((spec) => store.get(podAdmissionType, podKey(spec))?.state === 'admitted')
    .map((spec) => ({ spec, stats: pods.find(({ podRef }) => podRef.uid === spec.uid) }));
  return rankForEviction(candidates, signal)[0];
};
