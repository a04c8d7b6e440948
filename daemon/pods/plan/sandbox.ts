import type { ObservedContainer } from '../../runtime/runtime.ts';
import type { PodRules } from './container.ts';
import { initContainersOf, isRunning, mainContainersOf, type PodView, retryAtOf, runsOf } from './observed.ts';
import type { PodStep } from './steps.ts';
import type { Part } from './stop.ts';

/** A new sandbox for a pod that has still something to run, once nothing of the lost one runs any more. */
export const planSandbox = (view: PodView, rules: PodRules, lost: ObservedContainer | undefined): Part => {
  if (view.seen.some((c) => c.kind === 'container' && c.pod.uid === rules.uid && isRunning(c))) return { steps: [] };
  const images = firstImages(view, rules);
  if (view.volumes?.state !== 'ready') return { steps: images };
  const retryAt = retryAtOf(view, '');
  if (retryAt !== undefined) return { steps: images, wakeAt: retryAt };
  return { steps: [{ do: 'create-sandbox', attempt: lost === undefined ? 0 : lost.attempt + 1 }, ...images] };
};

/** The images of what runs first, asked for while the sandbox is being made. */
const firstImages = (view: PodView, { pod, uid }: PodRules): readonly PodStep[] => {
  const [init] = initContainersOf(pod);
  return (init === undefined ? mainContainersOf(pod) : [init]).flatMap((c) => {
    const attempt = (runsOf(view.seen, uid, c.name)[0]?.attempt ?? -1) + 1;
    return view.images.get(c.name)?.attempt === attempt
      ? []
      : [{ do: 'request-image' as const, container: c.name, attempt }];
  });
};
