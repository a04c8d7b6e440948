import type { Clock } from '../../reconcile/clock.ts';
import { type Context, type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { Semaphore } from '../../reconcile/semaphore.ts';
import type { Reader } from '../../reconcile/store.ts';
import type { ContainerRuntime, ObservedContainer } from '../../runtime/runtime.ts';
import { containerNamed, type PodView } from '../plan/observed.ts';
import { isBeingStarted } from '../plan/started.ts';
import type { PodEvents } from '../record/pod-events.ts';
import {
  containerType,
  hookKey,
  hookResultType,
  type ProbeResult,
  podKey,
  podSpecType,
  probeKey,
  probeResultType,
} from '../resources.ts';
import { meterProbe, type PodMeters } from '../stats/meters.ts';
import type { Container, Pod, Probe } from '../v1.ts';
import { sandboxAddress } from './address.ts';
import { type AttemptOptions, attemptProbe } from './attempt.ts';
import { probeRequests } from './http-request.ts';
import type { ProbeMemory } from './memory.ts';
import type { ProbeAttempt } from './probe.ts';
import {
  dueAt,
  initialState,
  isEarly,
  isOver,
  nextState,
  notAfter,
  type ProbeKind,
  type ProbeProgress,
} from './schedule.ts';

const KINDS: readonly ProbeKind[] = ['startup', 'liveness', 'readiness'];

export interface ProberOptions {
  readonly store: Reader;
  readonly runtime: Pick<ContainerRuntime, 'exec'>;
  readonly hostIPs: readonly string[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly events: PodEvents;
  readonly memory: ProbeMemory;
  /** For exec probes: each is several calls of the runtime and a process on the host. */
  readonly execLimit: Semaphore;
  readonly meters: PodMeters;
  /** Ends what is under way, without a verdict. */
  readonly signal?: AbortSignal;
}

/** Probes running containers; one key for each probe of each container. */
export const prober = (options: ProberOptions): Controller => {
  const { runtime, execLimit, signal } = options;
  const attempts = { runtime, execLimit, requestOf: probeRequests(), ...(signal === undefined ? {} : { signal }) };
  const probing: Probing = { progress: new Map(), attempts };
  const keysOf = (containerId: string): readonly string[] => KINDS.map((kind) => probeKey(containerId, kind));
  const keysOfPod = (uid: string): readonly string[] =>
    options.store
      .list(containerType)
      .flatMap((c) => (c.value.kind === 'container' && c.value.pod.uid === uid ? keysOf(c.id) : []));
  return {
    name: 'probes',
    inputs: [
      // A sandbox has the address of its pod.
      input(containerType, (c) => (c.value.kind === 'container' ? keysOf(c.id) : keysOfPod(c.value.pod.uid))),
      input(podSpecType, (spec) => keysOfPod(spec.value.uid)),
      // What waits for the hook of the container's start, and for its startup probe.
      input(hookResultType, (h) => keysOf(h.value.containerId)),
      input(probeResultType, (r) => (r.value.kind === 'startup' ? keysOf(r.value.containerId) : [])),
    ],
    outputs: [probeResultType],
    // An attempt waits for its answer at most timeoutSeconds and holds nothing but its own key; commands have a limit of their own.
    concurrency: 1000,
    reconcile: (key, context) => reconcile(options, probing, key, context),
  };
};

/** What lasts from one reconcile to the next. */
interface Probing {
  readonly progress: Map<string, ProbeProgress>;
  readonly attempts: AttemptOptions;
}

const reconcile = async (
  options: ProberOptions,
  { progress, attempts }: Probing,
  key: string,
  context: Context,
): Promise<Outcome> => {
  const { store } = context;
  const target = targetOf(store, key);
  if (target === undefined) {
    progress.delete(key);
    options.memory.forget(key);
    context.remove(probeResultType, key);
    return done;
  }
  const { kind, probe, run } = target;
  const hook: PodView['hook'] = (id, of) => store.get(hookResultType, hookKey(id, of));
  if (isBeingStarted({ hook }, target.container, run)) return done;
  if (kind !== 'startup' && target.container.startupProbe !== undefined && !hasStarted(store, run.id)) return done;
  const at = options.clock.now();
  const current = notAfter(at, probe, progress.get(key) ?? begin(options, target, key, context, at));
  progress.set(key, current);
  if (isOver(kind, current.state)) return done;
  const due = dueAt(kind, probe, current);
  if (at < due) return { kind: 'requeue', at: due };
  const address = addressOf(options, store, target);
  if (address === undefined) return { kind: 'wait', for: 'the address of the pod' };

  const attempt = await attemptProbe(probe, { container: target.container, containerId: run.id, address }, attempts);
  if (attempt === undefined) return done;
  meterProbe(options.meters, { kind, outcome: attempt.outcome, seconds: (options.clock.now() - at) / 1000, run });
  // The container may have ended meanwhile: a verdict on it is worth nothing then.
  if (targetOf(store, key) === undefined) return { kind: 'requeue', at };
  const state = nextState(kind, current, attempt, probe, at);
  progress.set(key, { ...current, state });
  if (attempt.outcome !== 'success' && !isEarly(kind, probe, current.timing, at)) report(options, target, attempt);
  publish(context, key, target, state.result, attempt);
  await remember(options.memory, target, key, state.result);
  return isOver(kind, state) ? done : { kind: 'requeue', at: state.nextAt };
};

/** The store would find by itself that nothing changed, but at the price of a deep comparison for every probe of the host. */
const publish = (
  context: Context,
  key: string,
  { kind, run }: Target,
  result: ProbeResult['result'],
  attempt: ProbeAttempt,
): void => {
  const message = result === 'failure' ? attempt.message : '';
  const before = context.store.get(probeResultType, key);
  if (before?.result === result && before.message === message) return;
  context.put(probeResultType, key, { containerId: run.id, kind, result, message });
};

const hasStarted = (store: Reader, containerId: string): boolean =>
  store.get(probeResultType, probeKey(containerId, 'startup'))?.result === 'success';

/** Where a probe begins: with what an earlier daemon found, which holds until this one knows better. */
const begin = (
  { memory, random }: ProberOptions,
  { kind, run }: Target,
  key: string,
  context: Context,
  now: number,
): ProbeProgress => {
  const timing = { startedAt: run.startedAt, seenAt: now, jitter: random() };
  const result = memory.get(key)?.result;
  if (result === undefined) return { state: initialState(kind), timing };
  context.put(probeResultType, key, { containerId: run.id, kind, result, message: '' });
  return { state: { ...initialState(kind), result }, timing };
};

const remember = async (
  memory: ProbeMemory,
  { kind, run }: Target,
  key: string,
  result: ProbeResult['result'],
): Promise<void> => {
  if (kind === 'liveness' || result === 'unknown') return;
  // Nothing is worth a write for what counts as a failure without one.
  if (result === (memory.get(key)?.result ?? 'failure')) return;
  await memory.note(run.pod.uid, key, { result });
};

interface Target {
  readonly kind: ProbeKind;
  readonly probe: Probe;
  readonly pod: Pod;
  readonly container: Container;
  readonly run: ObservedContainer;
}

/** The probe that a key stands for, while its container runs and its pod is wanted. */
const targetOf = (store: Reader, key: string): Target | undefined => {
  const [containerId = '', kind] = key.split('/');
  const run = store.get(containerType, containerId);
  if (run?.state !== 'running' || !isKind(kind)) return undefined;
  const spec = store.get(podSpecType, podKey(run.pod));
  if (spec?.uid !== run.pod.uid) return undefined;
  const container = containerNamed(spec.pod, run.container);
  const probe = container === undefined ? undefined : probeOf(container, kind);
  return container === undefined || probe === undefined ? undefined : { kind, probe, pod: spec.pod, container, run };
};

const isKind = (kind: string | undefined): kind is ProbeKind => KINDS.some((k) => k === kind);

const probeOf = (container: Container, kind: ProbeKind): Probe | undefined => {
  switch (kind) {
    case 'startup':
      return container.startupProbe;
    case 'liveness':
      return container.livenessProbe;
    case 'readiness':
      return container.readinessProbe;
  }
};

/** Undefined while the sandbox has none: the host's own must not be probed in its place. */
const addressOf = ({ hostIPs }: ProberOptions, store: Reader, { pod, run }: Target): string | undefined =>
  pod.spec.hostNetwork === true ? (hostIPs[0] ?? '127.0.0.1') : sandboxAddress(store, run.pod.uid);

const TITLE: Readonly<Record<ProbeResult['kind'], string>> = {
  startup: 'Startup',
  liveness: 'Liveness',
  readiness: 'Readiness',
};

const report = (
  { events }: ProberOptions,
  { pod, container, run, kind }: Target,
  { outcome, message }: ProbeAttempt,
): void => {
  const [reason, what] = REPORTS[outcome];
  events.container(run.pod, pod, container.name, 'Warning', reason, `${TITLE[kind]} probe ${what}: ${message}`);
};

const REPORTS: Readonly<Record<ProbeAttempt['outcome'], readonly [reason: string, what: string]>> = {
  success: ['ProbeSuccess', 'succeeded'],
  failure: ['Unhealthy', 'failed'],
  warning: ['ProbeWarning', 'warning'],
  error: ['Unhealthy', 'errored and resulted in unknown state'],
};
