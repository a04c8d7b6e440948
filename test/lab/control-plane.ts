import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PodCondition, PodList } from 'kubernetes-types/core/v1.d.ts';
import { type Bootlet, startBootlet } from './bootlet.ts';
import { type Dockerd, startDockerd } from './dockerd.ts';
import type { Engine } from './engine.ts';
import { etcdImage, kubernetesImages } from './kubernetes.ts';
import { writePki } from './pki.ts';
import { type RunResult, tryRun } from './run.ts';
import type { Scope } from './scope.ts';
import { until } from './until.ts';

const MANIFESTS = join(import.meta.dirname, '../../manifests');
const PORTS = /\b(6443|2379|2380|2381|10257|10259)\b/g;
const READY_MS = 180_000;

/** In the worst order: each needs the next one. */
const COMPONENTS = ['kube-scheduler', 'kube-controller-manager', 'kube-apiserver', 'etcd'] as const;
export type Component = (typeof COMPONENTS)[number];

/** One run of a component's container; a restart makes another one. */
export interface ContainerRun {
  readonly id: string;
  readonly pid: number;
  readonly startedAt: string;
}

/** Etcd and Kubernetes as static pods of a bootlet, from the repository's own manifests. */
export interface ControlPlane {
  readonly bootlet: Bootlet;
  readonly engine: Engine;
  /** The manifest of a component, as this control plane has it. */
  manifest(component: Component): Promise<string>;
  kubectl(...args: string[]): Promise<RunResult>;
  /** The container that runs now; undefined when there is none. */
  running(component: Component): Promise<ContainerRun | undefined>;
  /** The running containers of all four, once the apiserver answers /readyz and bootlet reports every pod as ready. */
  ready(): Promise<Readonly<Record<Component, ContainerRun>>>;
}

/** Starts a bootlet with an empty manifest folder and drops the four manifests into it. */
export const startControlPlane = async (scope: Scope): Promise<ControlPlane> => {
  const docker = await startDockerd(scope);
  const bootlet = await startBootlet(scope, { docker });
  const etcKubernetes = join(bootlet.dir, 'kubernetes');
  await prepareControlPlane(docker, etcKubernetes);
  return dropControlPlane({ docker, bootlet, etcKubernetes, execute: tryRun });
};

/** Where the apiserver of such a control plane answers, on its own host. */
export const SERVER = 'https://127.0.0.1:16443';

/** Brings images, certificates and kubeconfigs. @param etcKubernetes takes the place of `/etc/kubernetes` */
export const prepareControlPlane = async ({ engine }: Dockerd, etcKubernetes: string): Promise<void> => {
  for (const archive of [await etcdImage(), await kubernetesImages()]) await engine.load(archive);
  await writePki({ dir: etcKubernetes, nodeName: 'control-plane', server: SERVER });
};

export interface ControlPlaneSite {
  readonly docker: Dockerd;
  readonly bootlet: Bootlet;
  /** As it was prepared. */
  readonly etcKubernetes: string;
  /** Runs a command where the apiserver is to be reached. */
  readonly execute: (program: string, args: readonly string[]) => Promise<RunResult>;
}

/** Drops the four manifests on a host that was prepared. */
export const dropControlPlane = async (site: ControlPlaneSite): Promise<ControlPlane> => {
  const { bootlet, etcKubernetes, execute } = site;
  const { engine } = site.docker;
  const manifest = async (component: Component): Promise<string> =>
    (await readFile(join(MANIFESTS, `${component}.yaml`), 'utf8'))
      .replaceAll('/etc/kubernetes', etcKubernetes)
      .replaceAll('/var/lib/etcd', join(bootlet.dir, 'etcd'))
      .replace(PORTS, (port) => `${Number(port) + 10_000}`);
  for (const component of COMPONENTS) await bootlet.drop(`${component}.yaml`, await manifest(component));

  const kubectl = (...args: string[]): Promise<RunResult> =>
    execute('kubectl', [`--kubeconfig=${join(etcKubernetes, 'admin.conf')}`, ...args]);

  const running = async (component: Component): Promise<ContainerRun | undefined> => {
    const listed = await engine.list(`io.kubernetes.container.name=${component}`);
    const found = listed.find(({ State }) => State === 'running');
    if (found === undefined) return undefined;
    const { State } = (await engine.call('GET', `/containers/${found.Id}/json`)) as Inspected;
    return { id: found.Id, pid: State.Pid, startedAt: State.StartedAt };
  };

  return {
    bootlet,
    engine,
    manifest,
    kubectl,
    running,
    ready: async () => {
      const isReady = async () =>
        (await kubectl('get', '--raw', '/readyz')).stdout === 'ok' && (await readyPods(bootlet)) === COMPONENTS.length;
      await until(isReady, { what: 'the control plane is ready', within: READY_MS, every: 200 });
      const run = (component: Component) =>
        until(() => running(component), { what: `the container of ${component} runs` });
      return {
        etcd: await run('etcd'),
        'kube-apiserver': await run('kube-apiserver'),
        'kube-controller-manager': await run('kube-controller-manager'),
        'kube-scheduler': await run('kube-scheduler'),
      };
    },
  };
};

const readyPods = async (bootlet: Bootlet): Promise<number> => {
  const { items } = (await bootlet.api('/api/v1/pods')).body as PodList;
  const ours = items.filter(({ metadata }) => COMPONENTS.some((name) => metadata?.name?.startsWith(name)));
  const isReady = ({ type, status }: PodCondition) => type === 'Ready' && status === 'True';
  return ours.filter((pod) => pod.status?.conditions?.some(isReady)).length;
};

interface Inspected {
  readonly State: { readonly Pid: number; readonly StartedAt: string };
}
