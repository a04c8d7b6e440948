import type { ObservedContainer } from '../../runtime/runtime.ts';
import { label } from './labels.ts';
import { isFresh, isRunning, type PodView } from './observed.ts';
import type { PodStep } from './steps.ts';

/**
 * What may go once nothing more urgent is left: all of pods that are no longer wanted, and of the wanted one whatever
 * is older than the last ended run of each container (kept for `logs -p` and lastState, as the kubelet keeps one).
 */
export const planGarbage = (view: PodView): readonly PodStep[] => {
  const stale = view.seen.filter((c) => !isRunning(c) && (c.pod.uid !== view.wanted?.uid || isSuperseded(view, c)));
  // A sandbox goes after its containers, so that a cut in between leaves nothing that cannot be found again.
  const containers = stale.filter((c) => c.kind === 'container');
  const sandboxes = stale.filter(
    (s) => s.kind === 'sandbox' && !view.seen.some((c) => c.labels[label.sandboxId] === s.id),
  );
  return [...containers, ...sandboxes].map((c) => ({ do: 'remove', id: c.id }));
};

const isSuperseded = (view: PodView, container: ObservedContainer): boolean => {
  const later = view.seen.filter(
    (c) =>
      c.kind === container.kind &&
      c.pod.uid === container.pod.uid &&
      c.container === container.container &&
      c.attempt > container.attempt,
  );
  if (container.kind === 'sandbox') return later.length > 0;
  const laterEnded = later.filter((c) => !isRunning(c) && !isFresh(c));
  return isFresh(container) ? later.length > 0 : laterEnded.length > 0;
};
