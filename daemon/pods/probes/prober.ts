import type { Clock } from '../../reconcile/clock.ts';
import { type Context, type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { Reader } from '../../reconcile/store.ts';
import type { ContainerRuntime, ObservedContainer } from '../../runtime/runtime.ts';
import { containerType, type ProbeResult, podKey, podSpecType, probeResultType } from '../resources.ts';
import type { Container, Pod, Probe } from '../v1.ts';
import type { PodEvents } from '../worker/pod-events.ts';
import { attemptProbe } from './attempt.ts';
import { dueAt, initialState, isOver, nextState, type ProbeKind, type ProbeState } from './schedule.ts';

const KINDS: readonly ProbeKind[] = ['startup', 'liveness', 'readiness'];

export interface ProberOptions {
  readonly store: Reader;
  readonly runtime: Pick<ContainerRuntime, 'exec'>;
  readonly hostIPs: readonly string[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly events: PodEvents;
}

interface Worker {
  readonly state: ProbeState;
  readonly jitter: number;
}

const resultKey = (containerId: string, kind: ProbeKind): string => `${containerId}/${kind}`;

/** Probes running containers; one key for each probe of each container. */
export const prober = (options: ProberOptions): Controller => {
  const workers = new Map<string, Worker>();
  const daemonStartedAt = options.clock.now();
  const keysOf = (containerId: string): readonly string[] => KINDS.map((kind) => resultKey(containerId, kind));
  return {
    name: 'probes',
    inputs: [
      input(containerType, (c) => (c.value.kind === 'container' ? keysOf(c.id) : [])),
      // What waits for the startup probe.
      input(probeResultType, (r) => (r.value.kind === 'startup' ? keysOf(r.value.containerId) : [])),
    ],
    outputs: [probeResultType],
    // An attempt waits for its answer at most timeoutSeconds and holds nothing but its own key.
    concurrency: 1000,
    reconcile: (key, context) => reconcile(options, workers, daemonStartedAt, key, context),
  };
};

const reconcile = async (
  options: ProberOptions,
  workers: Map<string, Worker>,
  daemonStartedAt: number,
  key: string,
  context: Context,
): Promise<Outcome> => {
  const target = targetOf(context.store, key);
  if (target === undefined) {
    workers.delete(key);
    context.remove(probeResultType, key);
    return done;
  }
  const { kind, probe, run } = target;
  const worker = workers.get(key) ?? { state: initialState(kind), jitter: options.random() };
  workers.set(key, worker);
  if (
    kind !== 'startup' &&
    target.container.startupProbe !== undefined &&
    context.store.get(probeResultType, resultKey(run.id, 'startup'))?.result !== 'success'
  ) {
    return done;
  }
  if (isOver(kind, worker.state)) return done;
  const due = dueAt(kind, probe, worker.state, { startedAt: run.startedAt, daemonStartedAt, jitter: worker.jitter });
  if (options.clock.now() < due) return { kind: 'requeue', at: due };

  const at = options.clock.now();
  const attempt = await attemptProbe(
    probe,
    { ...target, containerId: run.id, address: addressOf(options, context.store, target) },
    options.runtime,
  );
  // The container may have ended meanwhile: a verdict on it is worth nothing then.
  if (targetOf(context.store, key) === undefined) return { kind: 'requeue', at };
  const state = nextState(worker.state, attempt, probe, at);
  workers.set(key, { ...worker, state });
  if (attempt.outcome !== 'success') report(options, target, attempt.outcome, attempt.message);
  context.put(probeResultType, key, {
    containerId: run.id,
    kind,
    result: state.result,
    message: state.result === 'failure' ? attempt.message : '',
  });
  return isOver(kind, state)
    ? done
    : {
        kind: 'requeue',
        at: dueAt(kind, probe, state, { startedAt: run.startedAt, daemonStartedAt, jitter: worker.jitter }),
      };
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
  const container = spec.pod.spec.containers.find((c) => c.name === run.container);
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

const addressOf = ({ hostIPs }: ProberOptions, store: Reader, { pod, run }: Target): string => {
  if (pod.spec.hostNetwork === true) return hostIPs[0] ?? '127.0.0.1';
  const sandbox = store
    .list(containerType)
    .find((c) => c.value.kind === 'sandbox' && c.value.pod.uid === run.pod.uid && c.value.state === 'running');
  return sandbox?.value.ips[0] ?? '127.0.0.1';
};

const TITLE: Readonly<Record<ProbeResult['kind'], string>> = {
  startup: 'Startup',
  liveness: 'Liveness',
  readiness: 'Readiness',
};

const report = (
  { events }: ProberOptions,
  { pod, container, run, kind }: Target,
  outcome: 'failure' | 'warning',
  message: string,
): void => {
  const [reason, verb] = outcome === 'failure' ? ['Unhealthy', 'failed'] : ['ProbeWarning', 'warning'];
  events.container(run.pod, pod, container.name, 'Warning', reason, `${TITLE[kind]} probe ${verb}: ${message}`);
};
