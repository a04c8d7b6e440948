import type { StateFile } from '../../host/state-file.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { type Controller, input, type Outcome } from '../../reconcile/controller.ts';
import type { EventRing } from '../../reconcile/events.ts';
import { type NodePressure, nodePressureType, runtimeStateType } from '../resources.ts';
import type { LastMet } from './last-met.ts';
import {
  conditions,
  type MetThreshold,
  metThresholds,
  type Observations,
  type PressureCondition,
  signals,
} from './thresholds.ts';

export interface PressureWatchOptions {
  /** Quantities or percentages by signal. */
  readonly thresholds: Readonly<Record<string, string>>;
  readonly observe: () => Promise<Observations>;
  /** Of the daemon before. */
  readonly lastMet: LastMet;
  /** Keeps it for the next one. */
  readonly memory: Pick<StateFile<LastMet>, 'save'>;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly events: EventRing;
}

/** The kubelet's evictionMonitoringPeriod. */
const PERIOD_MS = 10_000;
/** A condition outlasts its cause by so long, so that it does not flap: evictionPressureTransitionPeriod. */
const TRANSITION_MS = 5 * 60_000;
/** A pressure that lasts is noted so often: after a restart it is over by so much sooner, at most. */
const NOTE_MS = 60_000;
const NODE = ['node'];

/** Words of the kubelet (pkg/kubelet/nodestatus/setters.go). */
const words: Readonly<Record<PressureCondition, { readonly [K in 'on' | 'off']: readonly [string, string] }>> = {
  MemoryPressure: {
    on: ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'],
    off: ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  },
  DiskPressure: {
    on: ['KubeletHasDiskPressure', 'kubelet has disk pressure'],
    off: ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  },
  PIDPressure: {
    on: ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
    off: ['KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  },
};

/** Looks every ten seconds what the node is short of. */
export const pressureWatch = (options: PressureWatchOptions): Controller => {
  const { thresholds, observe, memory, nodeName, clock, events } = options;
  let lastMet = options.lastMet;
  let noted = lastMet;
  return {
    name: 'pressure',
    inputs: [input(runtimeStateType, () => NODE)],
    outputs: [nodePressureType],
    async reconcile(_key, { store, put }): Promise<Outcome> {
      const met = metThresholds(thresholds, await observe());
      const now = clock.now();
      for (const condition of conditions) {
        const threshold = met.find(({ signal }) => signals[signal].condition === condition);
        if (threshold !== undefined) lastMet = { ...lastMet, [condition]: now };
        const isPressed = within(TRANSITION_MS, lastMet[condition], now);
        const before = store.get(nodePressureType, condition);
        if (threshold !== undefined && before?.met === undefined) {
          const message = `Attempting to reclaim ${signals[threshold.signal].resource}`;
          events.report({
            type: 'Warning',
            reason: 'EvictionThresholdMet',
            message,
            subject: { kind: 'Node', name: nodeName },
          });
        }
        put(nodePressureType, condition, pressureOf(condition, isPressed, threshold));
      }
      const at = now + PERIOD_MS;
      const isNoted = (condition: PressureCondition): boolean => {
        const last = lastMet[condition];
        return last === undefined || within(NOTE_MS, noted[condition], last);
      };
      if (conditions.every(isNoted)) return { kind: 'requeue', at };
      try {
        await memory.save(lastMet);
        noted = lastMet;
        return { kind: 'requeue', at };
      } catch (error) {
        return { kind: 'failed', error, at };
      }
    },
  };
};

/** Whatever the clock of the daemon before said, not from the future either. */
const within = (ms: number, since: number | undefined, now: number): boolean =>
  since !== undefined && Math.abs(now - since) < ms;

const pressureOf = (
  condition: PressureCondition,
  isPressed: boolean,
  threshold: MetThreshold | undefined,
): NodePressure => {
  const [reason, message] = words[condition][isPressed ? 'on' : 'off'];
  return { isPressed, reason, message, ...(threshold === undefined ? {} : { met: threshold.signal }) };
};
