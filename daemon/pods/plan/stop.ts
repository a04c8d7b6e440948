import type { ObservedContainer } from '../../runtime/runtime.ts';
import { hasPreStop, label, numberLabel } from './labels.ts';
import { isRunning, type PodView } from './observed.ts';
import { isMain, sidecarIndex } from './role.ts';
import { type PodStep, type Stop, type StopReason, stopReasons } from './steps.ts';

/** Grace of a container whose label was lost: Kubernetes' default for a pod. */
const DEFAULT_GRACE_SECONDS = 30;
/** Whatever came before it, so long lies between the signal and SIGKILL (pkg/kubelet/kuberuntime minimumGracePeriodInSeconds). */
export const LEAST_GRACE_SECONDS = 2;

/** Steps that matter now, and when to look again if nothing happens before. */
export interface Part {
  readonly steps: readonly PodStep[];
  readonly wakeAt?: number;
}

export const joinParts = (parts: readonly Part[]): Part => {
  const times = parts.flatMap((p) => (p.wakeAt === undefined ? [] : [p.wakeAt]));
  const steps = parts.flatMap((p) => p.steps);
  return times.length === 0 ? { steps } : { steps, wakeAt: Math.min(...times) };
};

export interface StopOrder {
  readonly reason: StopReason;
  /** Of the event; by default that the container is stopped. */
  readonly message?: string;
  /** By default the pod's. */
  readonly graceSeconds?: number | undefined;
}

/** What the end of a pod has at least (pkg/kubelet pod_workers calculateEffectiveGracePeriod): a preStop hook is begun even without grace. */
const LEAST_POD_GRACE_SECONDS = 1;

type StopView = Pick<PodView, 'seen' | 'stops' | 'hook' | 'now'>;

/**
 * Ends one running container: its preStop hook at once, the signal when the hook has ended and its turn has come,
 * SIGKILL when its grace is over, and otherwise patience. The grace counts from the moment the end was asked for; when
 * hook or turn outlast it, the container is signalled all the same (pkg/kubelet/kuberuntime killContainer).
 */
export const stopContainer = (
  view: StopView,
  container: ObservedContainer,
  { reason, message = `Stopping container ${container.container}`, graceSeconds: grace }: StopOrder,
): Part => {
  const { id } = container;
  const stop = view.stops.get(id);
  if (stop === undefined) {
    const pod = numberLabel(container.labels, label.gracePeriod, DEFAULT_GRACE_SECONDS);
    const graceSeconds = grace ?? Math.max(stopReasons[reason].inSequence ? LEAST_POD_GRACE_SECONDS : 0, pod);
    const signal = mustNotWait(view, container, { reason, graceSeconds });
    return { steps: [{ do: 'stop', id, graceSeconds, reason, message, signal }] };
  }
  const isOver = view.now >= stop.killAt;
  if (!stop.signalled) {
    if (!isOver && !mustNotWait(view, container, stop))
      return { steps: preStopSteps(view, container, stop), wakeAt: stop.killAt };
    return { steps: [{ do: 'signal', id, killAt: Math.max(stop.killAt, view.now + LEAST_GRACE_SECONDS * 1000) }] };
  }
  if (!isOver) return { steps: [], wakeAt: stop.killAt };
  return stop.killed ? { steps: [] } : { steps: [{ do: 'kill', id }] };
};

const mustNotWait = (
  view: StopView,
  container: ObservedContainer,
  stop: Pick<Stop, 'reason' | 'graceSeconds'>,
): boolean =>
  preStopIsOver(view, container, stop) && (!stopReasons[stop.reason].inSequence || isItsTurn(view.seen, container));

const preStopIsOver = (
  { hook }: StopView,
  { id, labels }: ObservedContainer,
  { graceSeconds }: Pick<Stop, 'graceSeconds'>,
): boolean => {
  const state = hook(id, 'preStop')?.state;
  return !hasPreStop(labels) || graceSeconds <= 0 || state === 'succeeded' || state === 'failed';
};

/** Asks for the hook, unless that is under way or over. */
const preStopSteps = (view: StopView, container: ObservedContainer, stop: Stop): readonly PodStep[] => {
  if (preStopIsOver(view, container, stop) || view.hook(container.id, 'preStop') !== undefined) return [];
  const since = stop.killAt - stop.graceSeconds * 1000;
  return [{ do: 'run-hook', id: container.id, kind: 'preStop', since }];
};

/** Sidecars end after the main containers and in reverse order (pkg/kubelet/kuberuntime kuberuntime_termination_order.go). */
const isItsTurn = (seen: readonly ObservedContainer[], container: ObservedContainer): boolean => {
  const index = sidecarIndex(container);
  if (index === undefined) return true;
  return !seen.some(
    (other) =>
      other.kind === 'container' &&
      other.pod.uid === container.pod.uid &&
      isRunning(other) &&
      (isMain(other) || (sidecarIndex(other) ?? -1) > index),
  );
};
