import type { ObservedContainer } from '../../runtime/runtime.ts';
import { keptEmptyDirs } from '../volumes/kept-empty-dirs.ts';
import { label } from './labels.ts';
import { isFresh, isRunning, type PodView } from './observed.ts';
import { joinParts, type Part } from './stop.ts';

/**
 * What may go once nothing more urgent is left: all of pods that are no longer wanted, and of the wanted one whatever
 * its status does not tell of. That is, of each container, the newest run and the one that ended before it: the kubelet
 * keeps one dead container too, and what its status says of an older one it remembers.
 */
export const planGarbage = (view: PodView): Part => {
  if (stillTakesOver(view)) return { steps: [] };
  const stale = view.seen.filter((c) => !isRunning(c) && (c.pod.uid !== view.wanted?.uid || isSuperseded(view, c)));
  // A sandbox goes after its containers, so that a cut in between leaves nothing that cannot be found again.
  const containers = stale.filter((c) => c.kind === 'container');
  const sandboxes = stale.filter(
    (s) => s.kind === 'sandbox' && !view.seen.some((c) => c.labels[label.sandboxId] === s.id),
  );
  return joinParts([...containers, ...sandboxes].map((c) => planRemoval(view, c.id)));
};

const planRemoval = ({ removals, now }: PodView, id: string): Part => {
  const failure = removals.get(id);
  return failure === undefined || now >= failure.retryAt
    ? { steps: [{ do: 'remove', id }] }
    : { steps: [], wakeAt: failure.retryAt };
};

/** What is left of an old pod tells where the emptyDirs are that the new one keeps. */
const stillTakesOver = ({ wanted, volumes }: PodView): boolean =>
  wanted !== undefined && volumes?.state !== 'ready' && keptEmptyDirs(wanted.pod).length > 0;

const isSuperseded = (view: PodView, container: ObservedContainer): boolean => {
  const later = view.seen.filter(
    (c) =>
      c.kind === container.kind &&
      c.pod.uid === container.pod.uid &&
      c.container === container.container &&
      c.attempt > container.attempt,
  );
  if (container.kind === 'sandbox' || isFresh(container)) return later.length > 0;
  return later.filter((c) => !isFresh(c)).length > 1;
};
