import type { ContainerStatus, Pod } from '../../daemon/pods/v1.ts';
import { type Bootlet, type BootletOptions, startBootlet } from '../lab/bootlet.ts';
import type { Dockerd } from '../lab/dockerd.ts';
import { startDockerd } from '../lab/dockerd.ts';
import { labImages } from '../lab/images.ts';
import type { Scope } from '../lab/scope.ts';
import { until } from '../lab/until.ts';

/** A pod manifest as an object; `spec` is merged over a hostNetwork pod with one container that runs until told to end. */
export interface ManifestOptions {
  readonly name?: string;
  readonly container?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Ends at once on SIGTERM. */
export const STAY = "trap 'exit 0' TERM; sleep 100000 & wait";

export const shell = (script: string): readonly string[] => ['/bin/sh', '-c', script];

export const manifest = ({ name = 'web', container = {}, spec = {} }: ManifestOptions = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      hostNetwork: true,
      terminationGracePeriodSeconds: 2,
      containers: [
        { name: 'main', image: 'lab/busybox:1', imagePullPolicy: 'Never', command: shell(STAY), ...container },
      ],
      ...spec,
    },
  });

/** A dockerd with the lab's images. */
export const podDocker = async (scope: Scope, network: 'host' | 'own' = 'host'): Promise<Dockerd> => {
  const docker = await startDockerd(scope, { network });
  await docker.engine.load(await labImages());
  return docker;
};

/** Hosts for the tests of one file, each a bootlet of its own on one dockerd, which the first of them starts. */
export const podHosts = (file: Scope, network: 'host' | 'own' = 'host') => {
  let docker: Promise<Dockerd> | undefined;
  return async (t: Scope, options: Omit<BootletOptions, 'docker'> = {}): Promise<PodHost> => {
    docker ??= podDocker(file, network);
    return startPodHost(t, await docker, options);
  };
};

/** A bootlet with what tests ask of its pods. */
export interface PodHost extends Bootlet {
  readonly docker: Dockerd;
  /** Name of a pod of this host. */
  podName(name: string): string;
  pod(name?: string): Promise<Pod | undefined>;
  status(name?: string, container?: string): Promise<ContainerStatus | undefined>;
  /** Waits until the pod looks as asked. */
  podWhere(what: string, accepts: (pod: Pod) => boolean, name?: string): Promise<Pod>;
  podGone(name?: string): Promise<void>;
  /** What the runtime holds of this host: ids and states by container name, sandboxes as POD. */
  containers(): Promise<readonly RuntimeEntry[]>;
  /** Waits until the runtime holds nothing of this host. */
  nothingLeft(): Promise<void>;
  events(): Promise<readonly HostEvent[]>;
}

export interface RuntimeEntry {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly startedAt: string;
  readonly pid: number;
}

export interface HostEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly name: string; readonly fieldPath?: string };
}

interface List<T> {
  readonly items: readonly T[];
}

export const startPodHost = async (
  t: Scope,
  docker: Dockerd,
  options: Omit<BootletOptions, 'docker'> = {},
): Promise<PodHost> => {
  const bootlet = await startBootlet(t, { docker, ...options });
  const podName = (name: string): string => `${name}-${bootlet.nodeName}`;
  const list = async <T>(path: string): Promise<readonly T[]> => ((await bootlet.api(path)).body as List<T>).items;
  const pod = async (name = 'web') => (await list<Pod>('/api/v1/pods')).find((p) => p.metadata.name === podName(name));
  const containers = async (): Promise<readonly RuntimeEntry[]> => {
    const ours = (await docker.engine.list('io.bootlet.instance')).filter((c) =>
      c.Labels['io.kubernetes.pod.name']?.endsWith(`-${bootlet.nodeName}`),
    );
    return Promise.all(
      ours.map(async ({ Id, Labels }) => {
        const { State } = (await docker.engine.call('GET', `/containers/${Id}/json`)) as {
          readonly State: { readonly Status: string; readonly StartedAt: string; readonly Pid: number };
        };
        const name = Labels['io.kubernetes.container.name'] ?? '';
        return { id: Id, name, state: State.Status, startedAt: State.StartedAt, pid: State.Pid };
      }),
    );
  };
  return {
    ...bootlet,
    docker,
    podName,
    pod,
    status: async (name, container = 'main') => {
      const status = (await pod(name))?.status;
      return [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
        (s) => s.name === container,
      );
    },
    podWhere: (what, accepts, name) =>
      until(
        async () => {
          const found = await pod(name);
          return found !== undefined && accepts(found) ? found : undefined;
        },
        { what },
      ),
    podGone: async (name) => {
      await until(async () => (await pod(name)) === undefined, { what: `pod ${name ?? 'web'} gone` });
    },
    nothingLeft: async () => {
      await until(async () => (await containers()).length === 0, { what: 'no container left' });
    },
    containers,
    events: () => list<HostEvent>('/api/v1/events'),
  };
};

export const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;

/** Restarts of the one container of a pod. */
export const restartsOf = (pod: Pod): number => pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
