import type { Clock } from '../../reconcile/clock.ts';
import type { Controller } from '../../reconcile/controller.ts';
import type { Reader } from '../../reconcile/store.ts';
import { CounterTally, HistogramTally } from '../../reconcile/tally.ts';
import type { ObservedContainer } from '../../runtime/runtime.ts';
import type { ProbeAttempt } from '../probes/probe.ts';
import { containerType, podKey, podSpecType, podStatusType } from '../resources.ts';

/** pkg/kubelet/metrics podStartupDurationBuckets, seconds. */
const POD_START_BOUNDS = [
  0.5, 1, 2, 3, 4, 5, 6, 8, 10, 20, 30, 45, 60, 120, 180, 240, 300, 360, 480, 600, 900, 1200, 1800, 2700, 3600,
];

/** What is counted as it happens, under the kubelet's names (pkg/kubelet/metrics, pkg/kubelet/prober). */
export const podMeters = () => ({
  probeTotal: new CounterTally({
    name: 'prober_probe_total',
    help: 'Cumulative number of a liveness, readiness or startup probe for a container by result.',
  }),
  probeDuration: new HistogramTally({
    name: 'prober_probe_duration_seconds',
    help: 'Duration in seconds for a probe response.',
  }),
  podStartDuration: new HistogramTally({
    name: 'kubelet_pod_start_duration_seconds',
    help: 'Duration in seconds from seeing a pod for the first time to the pod starting to run.',
    bounds: POD_START_BOUNDS,
  }),
  podWorkerDuration: new HistogramTally({
    name: 'kubelet_pod_worker_duration_seconds',
    help: 'Duration in seconds to sync a single pod.',
  }),
  startedPods: new CounterTally({
    name: 'kubelet_started_pods_total',
    help: 'Cumulative number of pods started.',
    isLabelled: false,
  }),
  imagesCollected: new CounterTally({
    name: 'kubelet_image_garbage_collected_total',
    help: 'Total number of images garbage collected by reason.',
  }),
  evictions: new CounterTally({
    name: 'kubelet_evictions',
    help: 'Cumulative number of pod evictions by eviction signal.',
  }),
  startedContainers: new CounterTally({
    name: 'kubelet_started_containers_total',
    help: 'Cumulative number of containers started.',
  }),
});

export type PodMeters = ReturnType<typeof podMeters>;

/** One attempt of a probe. */
export interface MeteredProbe {
  readonly kind: string;
  readonly outcome: ProbeAttempt['outcome'];
  readonly seconds: number;
  readonly run: ObservedContainer;
}

export const meterProbe = (
  { probeTotal, probeDuration }: PodMeters,
  { kind, outcome, seconds, run: { container, pod } }: MeteredProbe,
): void => {
  // The kubelet throws away what is no verdict.
  if (outcome === 'error') return;
  const of = { container, pod: pod.name, namespace: pod.namespace };
  const type = { probe_type: TITLES[kind] ?? kind };
  probeTotal.increment({ ...type, result: outcome === 'failure' ? 'failed' : 'successful', ...of, pod_uid: pod.uid });
  // As the kubelet: how long a failure takes says more about the timeout than about the container.
  if (outcome !== 'failure') probeDuration.observe(seconds, { ...type, ...of });
};

const TITLES: Readonly<Record<string, string>> = { liveness: 'Liveness', readiness: 'Readiness', startup: 'Startup' };

/** Measures each reconcile of the pod workers. */
export const meterWorker = ({ podWorkerDuration }: PodMeters, worker: Controller): Controller => ({
  ...worker,
  reconcile: async (key, context) => {
    const begun = performance.now();
    try {
      return await worker.reconcile(key, context);
    } finally {
      podWorkerDuration.observe((performance.now() - begun) / 1000, { operation_type: 'sync' });
    }
  },
});

/** Counts what starts, from what the store tells. What ran before this process did is no start. Returns how to end it. */
export const meterStarts = (meters: PodMeters, store: Reader, clock: Clock): (() => void) => {
  const begun = clock.now();
  /** The wanted pods, each with when it was seen first and whether it was seen waiting. */
  const wanted = new Map<string, { readonly uid: string; readonly since: number; readonly isPending: boolean }>();
  const counted = new Set<string>();
  const ends = [
    store.watch(podSpecType, ({ kind, resource: { id, value } }) => {
      if (kind !== 'removed' && wanted.get(id)?.uid === value.uid) return;
      for (const tally of [meters.probeTotal, meters.probeDuration])
        tally.forget({ pod: value.name, namespace: value.namespace });
      if (kind === 'removed') wanted.delete(id);
      else wanted.set(id, { uid: value.uid, since: clock.now(), isPending: false });
    }),
    store.watch(podStatusType, ({ resource: { id, value } }) => {
      const pod = wanted.get(id);
      if (pod === undefined || pod.uid !== value.pod.metadata.uid) return;
      const phase = value.pod.status?.phase;
      // One that already ran when this process began was never seen waiting.
      if (pod.isPending && phase === 'Running') meters.podStartDuration.observe((clock.now() - pod.since) / 1000);
      wanted.set(id, { ...pod, isPending: phase === 'Pending' });
    }),
    store.watch(containerType, ({ kind, resource: { id, value } }) => {
      if (kind === 'removed') counted.delete(id);
      else if (value.startedAt >= begun && !counted.has(id)) {
        counted.add(id);
        if (value.kind === 'sandbox') meters.startedPods.increment();
        else meters.startedContainers.increment({ container_type: containerTypeOf(store, value) });
      }
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
};

const containerTypeOf = (store: Reader, { pod, container }: ObservedContainer): string => {
  const inits = store.get(podSpecType, podKey(pod))?.pod.spec.initContainers ?? [];
  return inits.some(({ name }) => name === container) ? 'init_container' : 'container';
};
