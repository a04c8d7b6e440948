import type { ObservedContainer } from '../../runtime/runtime.ts';
import { networkWait } from '../network/readiness.ts';
import type { PodRules } from './container.ts';
import { initContainersOf, isRunning, mainContainersOf, type PodView, retryAtOf, runsOf } from './observed.ts';
import type { PodStep } from './steps.ts';
import type { Part } from './stop.ts';

/** A new sandbox for a pod that has still something to run, once nothing of the lost one runs any more. */
export const planSandbox = (view: PodView, rules: PodRules, lost: ObservedContainer | undefined): Part => {
  if (view.seen.some((c) => c.kind === 'container' && c.pod.uid === rules.uid && isRunning(c))) return { steps: [] };
  const attempt = lost === undefined ? 0 : lost.attempt + 1;
  const isOwnImage = view.sandboxImage !== undefined;
  const images = [...(isOwnImage ? imageRequest(view, '', attempt) : []), ...firstImages(view, rules)];
  const isThere = !isOwnImage || view.images.get('')?.state === 'present';
  const isPrepared = view.volumes?.state === 'ready' && networkWait(view, rules.pod) === undefined;
  if (!isPrepared || !isThere || images.some((step) => step.container === '')) return { steps: images };
  const retryAt = retryAtOf(view, '');
  if (retryAt !== undefined) return { steps: images, wakeAt: retryAt };
  return { steps: [{ do: 'create-sandbox', attempt }, ...images] };
};

/** The images of what runs first, asked for while the sandbox is being made. */
const firstImages = (view: PodView, { pod, uid }: PodRules): readonly RequestImage[] => {
  const [init] = initContainersOf(pod);
  return (init === undefined ? mainContainersOf(pod) : [init]).flatMap(({ name }) =>
    imageRequest(view, name, (runsOf(view.seen, uid, name)[0]?.attempt ?? -1) + 1),
  );
};

type RequestImage = Extract<PodStep, { readonly do: 'request-image' }>;

/** None where it was asked for already. */
const imageRequest = (view: PodView, container: string, attempt: number): readonly RequestImage[] =>
  view.images.get(container)?.attempt === attempt ? [] : [{ do: 'request-image', container, attempt }];
