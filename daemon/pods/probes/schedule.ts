import type { ProbeResult } from '../resources.ts';
import type { Probe } from '../v1.ts';
import type { ProbeAttempt } from './probe.ts';

export type ProbeKind = ProbeResult['kind'];

/** How a probe of one container stands. */
export interface ProbeState {
  readonly result: ProbeResult['result'];
  /** Attempts in a row with the same outcome. */
  readonly streak: number;
  readonly lastOutcome: 'success' | 'failure' | undefined;
  /** ms since the epoch; when it was attempted last, 0 for never */
  readonly lastAt: number;
}

/** Before the first attempt (pkg/kubelet/prober newWorker): not ready, but alive. */
export const initialState = (kind: ProbeKind): ProbeState => ({
  result: kind === 'liveness' ? 'success' : kind === 'readiness' ? 'failure' : 'unknown',
  streak: 0,
  lastOutcome: undefined,
  lastAt: 0,
});

/** The state after one more attempt: the verdict changes once a threshold is reached. */
export const nextState = (state: ProbeState, attempt: ProbeAttempt, probe: Probe, at: number): ProbeState => {
  const outcome = attempt.outcome === 'failure' ? 'failure' : 'success';
  const streak = state.lastOutcome === outcome ? state.streak + 1 : 1;
  const threshold = outcome === 'failure' ? (probe.failureThreshold ?? 3) : (probe.successThreshold ?? 1);
  return { result: streak >= threshold ? outcome : state.result, streak, lastOutcome: outcome, lastAt: at };
};

/** After its verdict a startup probe has done its work; a failed liveness or startup probe waits for the next container. */
export const isOver = (kind: ProbeKind, state: ProbeState): boolean =>
  kind === 'startup' ? state.result !== 'unknown' : kind === 'liveness' && state.result === 'failure';

export interface Timing {
  /** ms since the epoch: start of the container. */
  readonly startedAt: number;
  /** ms since the epoch: when this daemon saw it running; much later for one that is taken over. */
  readonly seenAt: number;
  /** In [0, 1), fixed for a probe of a container. */
  readonly jitter: number;
}

/** A probe of one container: how it stands, and what its times count from. */
export interface ProbeProgress {
  readonly state: ProbeState;
  readonly timing: Timing;
}

/** Nothing lies in the future: after the clock was set back, a probe goes on within its period instead of waiting for the old time to come round. */
export const notAfter = (now: number, { state, timing }: ProbeProgress): ProbeProgress => ({
  state: { ...state, lastAt: Math.min(state.lastAt, now) },
  timing: { ...timing, startedAt: Math.min(timing.startedAt, now), seenAt: Math.min(timing.seenAt, now) },
});

/**
 * When to attempt next. The first liveness probe comes with the first tick of its period at which the initial delay is
 * over, as in the kubelet; the others come as soon as it is over, since until then the pod is not ready. Liveness probes
 * of pods that are taken over spread over a period, so that a full host does not probe in step after a restart.
 */
export const dueAt = (kind: ProbeKind, probe: Probe, { state, timing }: ProbeProgress): number => {
  const period = (probe.periodSeconds ?? 10) * 1000;
  if (state.lastAt > 0) return state.lastAt + period;
  const delay = (probe.initialDelaySeconds ?? 0) * 1000;
  if (kind !== 'liveness') return timing.startedAt + delay;
  const first = timing.startedAt + Math.max(1, Math.ceil(delay / period)) * period;
  return Math.max(first, timing.seenAt + timing.jitter * period);
};
