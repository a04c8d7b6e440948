import type { ObservedContainer } from '../../runtime/runtime.ts';
import { isRunning, type PodView } from './observed.ts';
import { joinParts, type Part, type StopOrder, stopContainer } from './stop.ts';

/** Ends all that runs of these sandboxes and containers: containers first and with grace, their sandbox after the last of them. */
export const terminate = (view: PodView, group: readonly ObservedContainer[], order: StopOrder): Part => {
  const containers = group.filter((c) => c.kind === 'container' && isRunning(c));
  if (containers.length > 0) return joinParts(containers.map((c) => stopContainer(view, c, order)));
  const sandboxes = group.filter((c) => c.kind === 'sandbox' && isRunning(c));
  return { steps: sandboxes.filter((c) => !view.stops.get(c.id)?.killed).map((c) => ({ do: 'kill', id: c.id })) };
};
