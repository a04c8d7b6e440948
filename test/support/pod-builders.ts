import { label } from '../../daemon/pods/plan/labels.ts';
import type { ImageState, PodSpec } from '../../daemon/pods/resources.ts';
import type { SeenPod } from '../../daemon/pods/status/project.ts';
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

/** When the node saw a pod first. */
export const FIRST_SEEN = '2026-01-01T00:00:00Z';

/** The pod as its node has seen it, with the status that it had. */
export const asSeen = (pod: Pod, status: NonNullable<Pod['status']> = {}): SeenPod => ({
  ...pod,
  metadata: { ...pod.metadata, creationTimestamp: FIRST_SEEN },
  status,
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
  imageRef: 'sha256:app',
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
