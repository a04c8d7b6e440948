import { BootletError, messageOf } from '../../errors.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { type Context, type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { Reader } from '../../reconcile/store.ts';
import { parseImageReference } from '../../runtime/image-reference.ts';
import type { ContainerRuntime, ImageInfo } from '../../runtime/runtime.ts';
import type { PodEvents } from '../record/pod-events.ts';
import { type ImageRequest, imageArchiveType, imageRequestType, imageStateType, podSpecType } from '../resources.ts';
import { imageRefOf } from './image-ref.ts';
import type { ImagePuller } from './pull.ts';

/** The kubelet's pull back-off: 10 s doubling to 5 min for each pod and image. */
const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 300_000;
/** How soon ErrImagePull gives way to ImagePullBackOff in the status: the kubelet's next look at the pod. */
const NEXT_LOOK_MS = 1000;
/** How often an image that may not be pulled is looked for: someone may have built or loaded it. */
const LOOK_AGAIN_MS = 10_000;

interface PullFailures {
  readonly image: string;
  readonly count: number;
  readonly retryAt: number;
  readonly message: string;
}

export interface ImageControllerOptions {
  readonly store: Reader;
  readonly runtime: Pick<ContainerRuntime, 'image'>;
  readonly puller: ImagePuller;
  readonly clock: Clock;
  readonly events: PodEvents;
}

/** Brings images to the host as each container's pull policy asks, and tells how far it got. One key for each image request. */
export const imageController = (options: ImageControllerOptions): Controller => {
  const failures = new Map<string, PullFailures>();
  const { store } = options;
  const waiting = (): readonly string[] =>
    store.list(imageStateType).flatMap((s) => (s.value.state === 'failed' ? [s.id] : []));
  return {
    name: 'images',
    inputs: [input(imageRequestType), input(imageArchiveType, waiting)],
    outputs: [imageStateType],
    // A pull waits for the network and holds nothing else; how many run at once is the puller's to limit.
    concurrency: 1000,
    reconcile: (key, context) => reconcile(options, failures, key, context),
  };
};

const reconcile = async (
  options: ImageControllerOptions,
  failures: Map<string, PullFailures>,
  key: string,
  context: Context,
): Promise<Outcome> => {
  const request = context.store.get(imageRequestType, key);
  if (request === undefined) {
    failures.delete(key);
    context.remove(imageStateType, key);
    return done;
  }
  const state = context.store.get(imageStateType, key);
  const { image, attempt, policy } = request;
  if (state?.state === 'present' && state.attempt === attempt && state.image === image) return done;
  const fail = (reason: string, message: string): void =>
    context.put(imageStateType, key, { image, attempt, state: 'failed', reason, message });

  const problem = nameProblem(image);
  if (problem !== undefined) {
    const message = `Failed to apply default image tag "${image}": ${problem}`;
    report(options, request, 'Warning', 'InspectFailed', message);
    fail('InvalidImageName', message);
    return done;
  }
  const present = policy === 'Always' ? undefined : await options.runtime.image(image);
  if (present !== undefined) {
    report(options, request, 'Normal', 'Pulled', `Container image "${image}" already present on machine`);
    failures.delete(key);
    context.put(imageStateType, key, { image, attempt, ...asPresent(present, image) });
    return done;
  }
  if (policy === 'Never') {
    const message = `Container image "${image}" is not present with pull policy of Never`;
    report(options, request, 'Warning', 'ErrImageNeverPull', message);
    fail('ErrImageNeverPull', message);
    return { kind: 'requeue', at: options.clock.now() + LOOK_AGAIN_MS };
  }
  return pull(options, failures, key, request, context, fail);
};

const asPresent = (info: ImageInfo, reference: string) =>
  ({ state: 'present', imageId: info.id, imageRef: imageRefOf(info, reference), user: info.user }) as const;

const nameProblem = (image: string): string | undefined => {
  try {
    parseImageReference(image);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
};

const pull = async (
  options: ImageControllerOptions,
  failures: Map<string, PullFailures>,
  key: string,
  request: ImageRequest,
  context: Context,
  fail: (reason: string, message: string) => void,
): Promise<Outcome> => {
  const { image, attempt } = request;
  const before = failures.get(key);
  if (before?.image === image && options.clock.now() < before.retryAt) {
    fail('ImagePullBackOff', `Back-off pulling image "${image}": ${before.message}`);
    report(options, request, 'Normal', 'BackOff', `Back-off pulling image "${image}"`);
    return { kind: 'requeue', at: before.retryAt };
  }
  report(options, request, 'Normal', 'Pulling', `Pulling image "${image}"`);
  try {
    const info = await options.puller.pull(image, (message) =>
      context.put(imageStateType, key, { image, attempt, state: 'pulling', message }),
    );
    failures.delete(key);
    report(options, request, 'Normal', 'Pulled', `Successfully pulled image "${image}"`);
    context.put(imageStateType, key, { image, attempt, ...asPresent(info, image) });
    return done;
  } catch (error) {
    const now = options.clock.now();
    const count = before?.image === image ? before.count + 1 : 1;
    const retryAt = now + Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(count - 1, 10));
    const message =
      error instanceof BootletError && error.hint !== undefined ? `${error.message} (${error.hint})` : messageOf(error);
    failures.set(key, { image, count, retryAt, message });
    report(options, request, 'Warning', 'Failed', `Failed to pull image "${image}": ${message}`);
    fail('ErrImagePull', message);
    return { kind: 'requeue', at: now + NEXT_LOOK_MS };
  }
};

/** Of a sandbox's image only trouble is worth an event: the kubelet has none of it. */
const report = (
  options: ImageControllerOptions,
  request: ImageRequest,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): void => {
  const spec = options.store.get(podSpecType, request.pod);
  if (spec?.uid !== request.uid) return;
  if (request.container !== '') options.events.container(spec, spec.pod, request.container, type, reason, message);
  else if (type === 'Warning') options.events.pod(spec, type, reason, message);
};
