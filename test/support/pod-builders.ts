import { label } from '../../daemon/pods/plan/labels.ts';
import type { PodView } from '../../daemon/pods/plan/observed.ts';
import type { Stop } from '../../daemon/pods/plan/steps.ts';
import type { HookResult, ImageState, PodAdmission, PodSpec, ProbeResult } from '../../daemon/pods/resources.ts';
import type { Container, Pod, PodSpec as V1PodSpec } from '../../daemon/pods/v1.ts';
import type { ObservedContainer } from '../../daemon/runtime/runtime.ts';
import type { PodNetwork } from '../../daemon/shared-resources.ts';

/** Seconds of test time as ms. Starts well after the epoch, since 0 stands for "never". */
export const at = (seconds: number): number => 1_000_000_000 + seconds * 1000;

export const aContainer = (name = 'main', more: Partial<Container> = {}): Container => ({
  name,
  image: 'app:1',
  imagePullPolicy: 'IfNotPresent',
  ...more,
});

export const aPod = (more: Partial<V1PodSpec> = {}, uid = 'uid-1'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-n', namespace: 'default', uid },
  spec: {
    hostNetwork: true,
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    containers: [aContainer()],
    ...more,
  },
});

export const aSpec = (more: Partial<V1PodSpec> = {}, uid = 'uid-1'): PodSpec => ({
  uid,
  namespace: 'default',
  name: 'web-n',
  pod: aPod(more, uid),
  source: '/manifests/web.yaml',
});

const observed = (more: Partial<ObservedContainer> & Pick<ObservedContainer, 'id' | 'kind'>): ObservedContainer => ({
  pod: { namespace: 'default', name: 'web-n', uid: 'uid-1' },
  container: '',
  attempt: 0,
  state: 'running',
  pid: 100,
  createdAt: at(0),
  startedAt: at(0),
  finishedAt: 0,
  exitCode: 0,
  oomKilled: false,
  error: '',
  image: 'app:1',
  imageId: 'sha256:app',
  stopSignal: 'SIGTERM',
  ips: [],
  logPath: '',
  writableLayer: '',
  labels: {},
  ...more,
});

const podOf = (uid: string) => ({ namespace: 'default', name: 'web-n', uid });

export const aSandbox = (more: Partial<ObservedContainer> = {}, uid = 'uid-1'): ObservedContainer =>
  observed({ id: `sandbox-${uid}-${more.attempt ?? 0}`, kind: 'sandbox', pod: podOf(uid), ...more });

/** A run of a container in the first sandbox of its pod. */
export const aRun = (more: Partial<ObservedContainer> = {}, uid = 'uid-1'): ObservedContainer => {
  const { container = 'main', attempt = 0, labels = {}, ...rest } = more;
  return observed({
    id: `${container}-${uid}-${attempt}`,
    kind: 'container',
    pod: podOf(uid),
    container,
    attempt,
    labels: { [label.sandboxId]: `sandbox-${uid}-0`, [label.gracePeriod]: '30', [label.backoff]: '0', ...labels },
    ...rest,
  });
};

/** The same run, ended. */
export const ended = (run: ObservedContainer, exitCode: number, finishedAt: number): ObservedContainer => ({
  ...run,
  state: 'exited',
  exitCode,
  finishedAt,
});

/** An image that is there for one start of a container. */
export const present = (attempt = 0, image = 'app:1'): ImageState => ({
  attempt,
  image,
  state: 'present',
  imageId: 'sha256:app',
  user: '',
});

type ReadyNetwork = Extract<PodNetwork, { readonly state: 'ready' }>;

/** As where bootlet leaves the network to the runtime. */
export const aPodNetwork = (more: Partial<ReadyNetwork> = {}): ReadyNetwork => ({
  state: 'ready',
  podCIDRs: undefined,
  hostPorts: 'runtime',
  ...more,
});

export interface ViewOptions {
  readonly wanted?: PodSpec | undefined;
  /** Default: admitted. */
  readonly admission?: PodAdmission | undefined;
  readonly seen?: readonly ObservedContainer[];
  readonly sandboxImage?: string;
  readonly images?: Readonly<Record<string, ImageState>>;
  readonly probes?: Readonly<Record<string, ProbeResult['result']>>;
  /** Keyed `CONTAINER-ID/KIND`. */
  readonly hooks?: Readonly<Record<string, HookResult['state']>>;
  readonly stops?: Readonly<Record<string, Partial<Stop>>>;
  readonly failures?: PodView['failures'];
  readonly removals?: PodView['removals'];
  readonly startedAt?: number;
  readonly restartBefore?: number;
  readonly hold?: string;
  readonly volumes?: PodView['volumes'];
  readonly podNetwork?: PodView['podNetwork'];
  readonly hostPorts?: PodView['hostPorts'];
  readonly renewedSandbox?: string;
  readonly now?: number;
}

/** A view of one pod name. Probe results are keyed `CONTAINER-ID/KIND`. */
export const aView = (options: ViewOptions = {}): PodView => {
  const stops = Object.entries(options.stops ?? {}).map(([id, stop]): [string, Stop] => [
    id,
    { reason: 'deleted', graceSeconds: 30, killAt: at(1000), signalled: true, killed: false, ...stop },
  ]);
  const wanted = 'wanted' in options ? options.wanted : aSpec();
  return {
    wanted,
    admission: 'admission' in options ? options.admission : wanted && { uid: wanted.uid, state: 'admitted' },
    seen: options.seen ?? [],
    volumes: options.volumes ?? {
      pod: 'default/web-n',
      of: wanted?.pod ?? aPod(),
      state: 'ready',
      reason: '',
      message: '',
    },
    podNetwork: 'podNetwork' in options ? options.podNetwork : aPodNetwork(),
    hostPorts: options.hostPorts,
    renewedSandbox: options.renewedSandbox,
    sandboxImage: options.sandboxImage,
    images: new Map(Object.entries(options.images ?? {})),
    probe: (containerId, kind) => {
      const result = options.probes?.[`${containerId}/${kind}`];
      return result === undefined ? undefined : { containerId, kind, result, message: '' };
    },
    hook: (containerId, kind) => {
      const state = options.hooks?.[`${containerId}/${kind}`];
      return state === undefined ? undefined : { containerId, kind, state };
    },
    stops: new Map(stops),
    failures: options.failures ?? new Map(),
    removals: options.removals ?? new Map(),
    startedAt: options.startedAt ?? at(0),
    restartBefore: options.restartBefore ?? 0,
    hold: options.hold,
    now: options.now ?? at(0),
  };
};
