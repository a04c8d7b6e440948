import type { Logger } from 'pino';
import { BootletError, messageOf } from '../../errors.ts';
import { settle } from '../../reconcile/all-of.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { type Context, type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { Reader } from '../../reconcile/store.ts';
import { hostPortStateType, podNetworkType } from '../../shared-resources.ts';
import { containerNamed, type PodView } from '../plan/observed.ts';
import { planPod } from '../plan/plan.ts';
import type { PodStep } from '../plan/steps.ts';
import type { PodEvents } from '../record/pod-events.ts';
import {
  containerType,
  folderOwnerType,
  hookRequestType,
  hookResultType,
  type ImageRequest,
  imageRequestType,
  imageStateType,
  type PodSpec,
  podAdmissionType,
  podKey,
  podSpecType,
  podStatusType,
  probeResultType,
  restartRequestType,
  runtimeStateType,
  sandboxRenewalType,
  sourcesReadyType,
  volumeStateType,
} from '../resources.ts';
import type { HostAddresses } from '../status/project.ts';
import type { PodExecutor, RuntimeStep, StepContext } from './execute.ts';
import type { Failures } from './failures.ts';
import { forgetContainer } from './forget.ts';
import { dropHookRequests, requestHook } from './hook-requests.ts';
import type { LogLinks } from './log-links.ts';
import { publishStatus } from './publish.ts';
import type { Stops } from './stops.ts';
import type { TerminationMessages } from './termination-messages.ts';
import { containersOf, imageKey, podOfContainer, viewOf } from './view.ts';

export interface PodWorkerOptions {
  readonly store: Reader;
  readonly executor: Pick<PodExecutor, 'execute'>;
  readonly stops: Stops;
  readonly logLinks: LogLinks;
  readonly failures: Failures;
  /** The image of a sandbox, where it may have to be pulled. */
  readonly sandboxImage: string | undefined;
  readonly messages: Pick<TerminationMessages, 'all' | 'read' | 'forget'>;
  readonly events: PodEvents;
  readonly addresses: HostAddresses;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Supervises pods: one key for each pod name, whether the pod is wanted or only still there. */
export const podWorker = (options: PodWorkerOptions): Controller => {
  const { store } = options;
  const all = (): readonly string[] => [
    ...new Set([
      ...store.list(podSpecType).map((s) => s.id),
      ...store.list(containerType).map((c) => podOfContainer(c.value)),
      ...store.list(podStatusType).map((s) => s.id),
    ]),
  ];
  const podOfContainerId = (id: string): readonly string[] => {
    const container = store.get(containerType, id);
    return container === undefined ? [] : [podOfContainer(container)];
  };
  const podsOfUid = (uid: string): readonly string[] =>
    store.list(podSpecType).flatMap((s) => (s.value.uid === uid ? [s.id] : []));
  const podOfRequest = (id: string): readonly string[] => {
    const request = store.get(imageRequestType, id);
    return request === undefined ? [] : [request.pod];
  };
  return {
    name: 'pods',
    inputs: [
      input(podSpecType),
      input(podAdmissionType),
      input(containerType, (c) => [podOfContainer(c.value)]),
      input(imageStateType, (i) => podOfRequest(i.id)),
      input(volumeStateType, (v) => [v.value.pod]),
      input(hostPortStateType, (s) => podsOfUid(s.id)),
      input(sandboxRenewalType, (r) => (r.value.current === undefined ? [] : [r.value.current.pod])),
      input(podNetworkType, all),
      input(hookResultType, (h) => podOfContainerId(h.value.containerId)),
      input(probeResultType, (p) => podOfContainerId(p.value.containerId)),
      input(restartRequestType),
      input(runtimeStateType, all),
      input(sourcesReadyType, all),
      input(folderOwnerType, all),
    ],
    outputs: [hookRequestType, imageRequestType, podStatusType],
    // A worker waits for single runtime calls only, and those have a limit of their own.
    concurrency: 1000,
    reconcile: (key, context) => reconcile(options, key, context),
  };
};

const reconcile = async (options: PodWorkerOptions, key: string, context: Context): Promise<Outcome> => {
  const missing = missingInput(context.store);
  if (missing !== undefined) return { kind: 'wait', for: missing };
  const seen = containersOf(context.store, key);
  await options.messages.read(seen);
  await options.logLinks.place(seen).catch((error: unknown) => {
    // Tried again with the next look; the pod itself does not wait for it.
    options.log.warn({ pod: key, error: messageOf(error) }, 'logs are not linked');
  });
  // One that went meanwhile was forgotten before this was kept of it.
  for (const container of seen)
    if (context.store.get(containerType, container.id) === undefined) forgetContainer(options, container);
  // Taken after the last wait: what is planned is planned for the store as it is.
  const now = options.clock.now();
  options.stops.notAfter(now);
  const view = viewOf(context.store, key, {
    stops: options.stops.all,
    failures: options.failures,
    sandboxImage: options.sandboxImage,
    now,
  });
  publishStatus(options, key, view, context);
  dropImageRequests(key, view.wanted, context);
  dropHookRequests(key, view, context);
  const plan = planPod(view);
  const { values: ends, failure: error } = await settle(
    plan.steps.map((step) => carryOut(options, step, view, context)),
  );
  // What a step did need not show in the store (a signal that is ignored, say): plan anew with it.
  const again = ends.includes('done') ? { at: view.now } : undefined;
  if (error === undefined && again !== undefined) return { kind: 'requeue', ...again };
  const failures = view.wanted === undefined ? view.failures : options.failures.of(view.wanted.uid);
  if (ends.includes('failed')) publishStatus(options, key, { ...view, failures }, context);
  const removals = seen.flatMap(({ id }) => options.failures.removals.get(id) ?? []);
  const retries = [...failures.values(), ...removals].map((f) => f.retryAt).filter((at) => at > view.now);
  const times = [...retries, ...(plan.wakeAt === undefined ? [] : [plan.wakeAt])];
  const next = times.length === 0 ? {} : { at: Math.min(...times) };
  if (error !== undefined) return { kind: 'failed', error, ...(again ?? next) };
  if (view.hold !== undefined) return { kind: 'wait', for: view.hold, ...next };
  return next.at === undefined ? done : { kind: 'requeue', at: next.at };
};

/** Without a list of what runs and of what should run, everything would look as if it had to be started or stopped. */
const missingInput = (store: Reader): string | undefined => {
  const runtime = store.list(runtimeStateType)[0]?.value;
  if (runtime?.listed !== true) return 'the container runtime to list its containers';
  if (!runtime.ready) return `the container runtime: ${runtime.message}`;
  if (store.list(sourcesReadyType).length === 0) return 'the manifest folder to be read';
  return store.list(folderOwnerType).length === 0 ? 'the check for another owner of the manifest folder' : undefined;
};

/** `asked`: someone else's work now, whose end shows in the store; `failed`: noted, and tried again later. */
type StepEnd = 'done' | 'asked' | 'failed';

const carryOut = async (
  options: PodWorkerOptions,
  step: PodStep,
  view: PodView,
  context: Context,
): Promise<StepEnd> => {
  const { wanted } = view;
  if (step.do === 'request-image') {
    if (wanted !== undefined)
      context.put(
        imageRequestType,
        imageKey(wanted.uid, step.container),
        imageRequest(wanted, step, view.sandboxImage),
      );
    return 'asked';
  }
  if (step.do === 'run-hook') {
    requestHook(step, view, context);
    return 'asked';
  }
  const image = (container: string) => view.images.get(container);
  options.log.debug({ step }, 'pod step');
  const seen = { wanted, seen: view.seen, startedAt: view.startedAt, image, podNetwork: view.podNetwork };
  if (step.do === 'remove') return remove(options, step, seen);
  if (!isStart(step) || wanted === undefined) {
    await options.executor.execute(step, seen);
    return 'done';
  }
  try {
    await options.executor.execute(step, seen);
    options.failures.clear(wanted.uid, step);
    return 'done';
  } catch (error) {
    // An image that was pruned after it was found is asked for anew.
    if (step.do.startsWith('create-') && error instanceof BootletError && error.code === 'E_NOT_FOUND')
      context.remove(imageRequestType, imageKey(wanted.uid, 'container' in step ? step.container : ''));
    const failure = options.failures.note(wanted.uid, step, error, options.clock.now());
    options.log.warn({ pod: podKey(wanted), step: step.do, reason: failure.reason, err: error }, 'pod step failed');
    if (step.do === 'create-container' || step.do === 'start-container') {
      options.events.container(wanted, wanted.pod, step.container, 'Warning', 'Failed', `Error: ${failure.message}`);
    } else {
      options.events.pod(wanted, 'Warning', failure.reason, failure.message);
    }
    return 'failed';
  }
};

/** What cannot be removed is in nobody's way: the pod does not wait for it. */
const remove = async (
  { executor, failures, clock, log }: PodWorkerOptions,
  step: Extract<PodStep, { readonly do: 'remove' }>,
  context: StepContext,
): Promise<StepEnd> => {
  try {
    await executor.execute(step, context);
    return 'done';
  } catch (error) {
    const { message } = failures.noteRemoval(step.id, error, clock.now());
    log.warn({ container: step.id, error: message }, 'a container is not removed');
    return 'failed';
  }
};

/** Steps towards a running pod, whose failures belong to the pod and not to the engine. */
const isStart = (step: RuntimeStep): boolean => step.do.startsWith('create-') || step.do.startsWith('start-');

const imageRequest = (
  wanted: PodSpec,
  step: { readonly container: string; readonly attempt: number },
  sandboxImage = '',
): ImageRequest => {
  const container = containerNamed(wanted.pod, step.container);
  const policy = container?.imagePullPolicy;
  return {
    pod: podKey(wanted),
    uid: wanted.uid,
    container: step.container,
    image: step.container === '' ? sandboxImage : (container?.image ?? ''),
    policy: policy === 'Always' || policy === 'Never' ? policy : 'IfNotPresent',
    attempt: step.attempt,
  };
};

/** Requests of a pod that is no longer wanted under this name. */
const dropImageRequests = (key: string, wanted: PodSpec | undefined, context: Context): void => {
  for (const { id, value } of context.store.list(imageRequestType)) {
    if (value.pod === key && value.uid !== wanted?.uid) context.remove(imageRequestType, id);
  }
};
