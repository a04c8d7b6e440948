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
  /** ms since the epoch; when to attempt again, 0 before the first attempt */
  readonly nextAt: number;
}

/** Before the first attempt (pkg/kubelet/prober newWorker): not ready, but alive. */
export const initialState = (kind: ProbeKind): ProbeState => ({
  result: kind === 'liveness' ? 'success' : kind === 'readiness' ? 'failure' : 'unknown',
  streak: 0,
  lastOutcome: undefined,
  nextAt: 0,
});

export interface Timing {
  /** ms since the epoch: start of the container. */
  readonly startedAt: number;
  /** ms since the epoch: when this daemon first had a reason to probe it; much later for one that is taken over. */
  readonly seenAt: number;
  /** In [0, 1), fixed for a probe of a container. */
  readonly jitter: number;
}

/** A probe of one container: how it stands, and what its times count from. */
export interface ProbeProgress {
  readonly state: ProbeState;
  readonly timing: Timing;
}

/**
 * The state after one more attempt: the verdict changes once a threshold is reached. The attempt after the first
 * success comes at a random part of the period, and from then on the period is kept: pods that became ready in step are
 * not probed in step. An error is no verdict, and neither is a startup failure before the kubelet would have looked.
 */
export const nextState = (
  kind: ProbeKind,
  { state, timing }: ProbeProgress,
  attempt: ProbeAttempt,
  probe: Probe,
  at: number,
): ProbeState => {
  const period = periodOf(probe);
  const later = { ...state, nextAt: at + period };
  if (attempt.outcome === 'error') return later;
  const outcome = attempt.outcome === 'failure' ? 'failure' : 'success';
  if (isEarly(kind, probe, timing, at) && outcome === 'failure') return later;
  const streak = state.lastOutcome === outcome ? state.streak + 1 : 1;
  const threshold = outcome === 'failure' ? (probe.failureThreshold ?? 3) : (probe.successThreshold ?? 1);
  const spread = state.lastOutcome === undefined && outcome === 'success' ? timing.jitter : 1;
  return {
    result: streak >= threshold ? outcome : state.result,
    streak,
    lastOutcome: outcome,
    nextAt: at + spread * period,
  };
};

/** After its verdict a startup probe has done its work; a failed liveness or startup probe waits for the next container. */
export const isOver = (kind: ProbeKind, state: ProbeState): boolean =>
  kind === 'startup' ? state.result !== 'unknown' : kind === 'liveness' && state.result === 'failure';

/** Nothing lies in the future: after the clock was set back, a probe goes on within its period instead of waiting for the old time to come round. */
export const notAfter = (now: number, probe: Probe, { state, timing }: ProbeProgress): ProbeProgress => ({
  state: { ...state, nextAt: Math.min(state.nextAt, now + periodOf(probe)) },
  timing: { ...timing, startedAt: Math.min(timing.startedAt, now), seenAt: Math.min(timing.seenAt, now) },
});

/**
 * When to attempt next. The first liveness probe comes with the first tick of its period at which the initial delay is
 * over, as in the kubelet; the others come as soon as it is over, since until then the pod is not ready. Liveness probes
 * of pods that are taken over spread over a period, so that a full host does not probe in step after a restart.
 */
export const dueAt = (kind: ProbeKind, probe: Probe, { state, timing }: ProbeProgress): number => {
  if (state.nextAt > 0) return state.nextAt;
  if (kind !== 'liveness') return timing.startedAt + delayOf(probe);
  return Math.max(firstTick(probe, timing), timing.seenAt + timing.jitter * periodOf(probe));
};

/** A startup probe that is made ahead of the kubelet's can only be for the better: its failures are not counted. */
export const isEarly = (kind: ProbeKind, probe: Probe, timing: Timing, at: number): boolean =>
  kind === 'startup' && at < firstTick(probe, timing);

/** The kubelet probes first at the tick of the period at which the initial delay is over. */
const firstTick = (probe: Probe, { startedAt }: Timing): number =>
  startedAt + Math.max(1, Math.ceil(delayOf(probe) / periodOf(probe))) * periodOf(probe);

const periodOf = ({ periodSeconds = 10 }: Probe): number => periodSeconds * 1000;
const delayOf = ({ initialDelaySeconds = 0 }: Probe): number => initialDelaySeconds * 1000;
