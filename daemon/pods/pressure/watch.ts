import type { Clock } from '../../reconcile/clock.ts';
import { type Controller, input, type Outcome } from '../../reconcile/controller.ts';
import type { EventRing } from '../../reconcile/events.ts';
import { type NodePressure, nodePressureType, runtimeStateType } from '../resources.ts';
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
  readonly nodeName: string;
  readonly clock: Clock;
  readonly events: EventRing;
}

/** The kubelet's evictionMonitoringPeriod. */
const PERIOD_MS = 10_000;
/** A condition outlasts its cause by so long, so that it does not flap: evictionPressureTransitionPeriod. */
const TRANSITION_MS = 5 * 60_000;
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
  const { thresholds, observe, nodeName, clock, events } = options;
  const lastMet = new Map<PressureCondition, number>();
  return {
    name: 'pressure',
    inputs: [input(runtimeStateType, () => NODE)],
    outputs: [nodePressureType],
    async reconcile(_key, { store, put }): Promise<Outcome> {
      const met = metThresholds(thresholds, await observe());
      const now = clock.now();
      for (const condition of conditions) {
        const threshold = met.find(({ signal }) => signals[signal].condition === condition);
        if (threshold !== undefined) lastMet.set(condition, now);
        const since = lastMet.get(condition);
        const isPressed = since !== undefined && now - since < TRANSITION_MS;
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
      return { kind: 'requeue', at: now + PERIOD_MS };
    },
  };
};

const pressureOf = (
  condition: PressureCondition,
  isPressed: boolean,
  threshold: MetThreshold | undefined,
): NodePressure => {
  const [reason, message] = words[condition][isPressed ? 'on' : 'off'];
  return { isPressed, reason, message, ...(threshold === undefined ? {} : { met: threshold.signal }) };
};
