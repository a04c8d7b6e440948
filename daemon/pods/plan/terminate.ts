import type { ObservedContainer } from '../../runtime/runtime.ts';
import { label, secondsLabel } from './labels.ts';
import { isRunning, type PodView } from './observed.ts';
import type { PodStep, StopReason } from './steps.ts';

/** Grace of a container whose label was lost: Kubernetes' default for a pod. */
const DEFAULT_GRACE_SECONDS = 30;

/** Steps that matter now, and when to look again if nothing happens before. */
export interface Part {
  readonly steps: readonly PodStep[];
  readonly wakeAt?: number;
}

/** Ends one running container: the signal first, SIGKILL when its grace is over, and otherwise patience. */
export const stopContainer = (
  view: Pick<PodView, 'stops' | 'now'>,
  container: ObservedContainer,
  reason: StopReason,
  message: string,
  graceSeconds = secondsLabel(container.labels, label.gracePeriod, DEFAULT_GRACE_SECONDS),
): Part => {
  const stop = view.stops.get(container.id);
  if (stop === undefined) return { steps: [{ do: 'stop', id: container.id, graceSeconds, reason, message }] };
  if (view.now < stop.killAt) return { steps: [], wakeAt: stop.killAt };
  return stop.killed ? { steps: [] } : { steps: [{ do: 'kill', id: container.id }] };
};

/** Ends all that runs of these sandboxes and containers: containers first and with grace, their sandbox after the last of them. */
export const terminate = (
  view: PodView,
  group: readonly ObservedContainer[],
  reason: StopReason,
  message: string,
): Part => {
  const containers = group.filter((c) => c.kind === 'container' && isRunning(c));
  if (containers.length > 0) return joinParts(containers.map((c) => stopContainer(view, c, reason, message)));
  const sandboxes = group.filter((c) => c.kind === 'sandbox' && isRunning(c));
  return { steps: sandboxes.filter((c) => !view.stops.get(c.id)?.killed).map((c) => ({ do: 'kill', id: c.id })) };
};

export const joinParts = (parts: readonly Part[]): Part => {
  const times = parts.flatMap((p) => (p.wakeAt === undefined ? [] : [p.wakeAt]));
  const steps = parts.flatMap((p) => p.steps);
  return times.length === 0 ? { steps } : { steps, wakeAt: Math.min(...times) };
};
