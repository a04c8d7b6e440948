import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Client } from 'undici';
import { cgroupfsV1, cgroupfsV2 } from '../../daemon/host/cgroups/cgroupfs.ts';
import { Mounter } from '../../daemon/host/mounts.ts';
import { PodCgroups } from '../../daemon/pods/cgroup/pod-cgroups.ts';
import { Store } from '../../daemon/reconcile/store.ts';
import { type Child, inNamespaces, startChild } from './child.ts';
import type { Dockerd } from './dockerd.ts';
import { bootletProgram } from './program.ts';
import { type RunResult, tryRun } from './run.ts';
import type { Scope } from './scope.ts';
import { until } from './until.ts';

const READY_MS = 20_000;

export interface BootletOptions {
  readonly docker: Dockerd;
  /** Sections of the configuration, each in place of the lab's own: all paths below one folder, network unmanaged. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Of the section `paths`, where something is not to be below the daemon's folder. */
  readonly paths?: Readonly<Record<string, string>>;
  readonly env?: NodeJS.ProcessEnv;
  /** Manifests that are in the folder before the daemon starts: content by file name. */
  readonly manifests?: Readonly<Record<string, string>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A bootlet daemon of the test's own, with everything it writes below `dir`. */
export interface Bootlet {
  readonly dir: string;
  /** The manifest folder. */
  readonly manifests: string;
  readonly configFile: string;
  /** Paths of the two unix sockets. */
  readonly socket: string;
  readonly adminSocket: string;
  readonly nodeName: string;
  /** Undefined while it does not run. */
  pid(): number | undefined;
  /** The last lines that it logged. */
  log(): string[];
  /** Moves a complete file into the manifest folder, as a careful tool does. */
  drop(name: string, content: string): Promise<void>;
  /** Removes a file from the manifest folder. */
  take(name: string): Promise<void>;
  /** GET on the status socket; the body decoded when it is JSON, else text. */
  api(path: string): Promise<ApiAnswer>;
  /** Runs the command line against this daemon, on its host. */
  cli(...args: string[]): Promise<RunResult>;
  /** Starts it and waits until it answers that it is ready. */
  start(): Promise<void>;
  /** SIGTERM and wait; pods run on. */
  stop(): Promise<void>;
  restart(): Promise<void>;
  /** SIGKILL and wait. */
  kill9(): Promise<void>;
}

/** Starts a daemon on the given Docker, in its network namespace if it has one, and waits until it is ready. */
export const startBootlet = async (scope: Scope, options: BootletOptions): Promise<Bootlet> => {
  const { docker, env = {} } = options;
  const dir = await mkdtemp(join(tmpdir(), 'bl-'));
  scope.teardown(async () => {
    // Pods that are left have volumes mounted, and a removal would go through them.
    await new Mounter({ environment: process.env }).unmountBelow(dir);
    await rm(dir, { recursive: true, force: true });
  });
  const files = await layOut(dir, options);
  const [program, ...programArgs] = bootletProgram();
  const cleanEnv = { PATH: process.env['PATH'], HOME: dir, BOOTLET_SOCKET: files.socket, NO_COLOR: '1', ...env };

  const http = new Client('http://bootlet', { socketPath: files.socket });
  scope.teardown(() => http.destroy());
  const api = async (path: string): Promise<ApiAnswer> => {
    const { statusCode, headers, body } = await http.request({ method: 'GET', path });
    const text = await body.text();
    const isJson = String(headers['content-type']).includes('json');
    return { status: statusCode, body: isJson ? JSON.parse(text) : text };
  };

  let child: Child | undefined;
  const start = async () => {
    const started = startChild([program, ...programArgs, 'run', '--config', files.configFile], {
      env: cleanEnv,
      netns: docker.netns,
      mountsOf: docker.mountsOf,
    });
    child = started;
    const ended = new AbortController();
    void started.ended.then(() => ended.abort(new Error('it ended')));
    const isReady = async () => (await api('/readyz')).status === 200;
    await until(isReady, { what: 'ready', within: READY_MS, every: 5, signal: ended.signal }).catch(
      (cause: unknown) => {
        throw new Error(`bootlet did not become ready:\n${started.output().join('\n')}`, { cause });
      },
    );
  };
  const end = async (signal: NodeJS.Signals) => {
    await child?.end(signal);
    child = undefined;
  };
  scope.teardown(async () => {
    await end('SIGTERM');
    await removeContainers(docker, files.nodeName);
    await removeCgroups(join(dir, 'state'));
  });
  await start();

  return {
    ...files,
    dir,
    pid: () => child?.pid,
    log: () => child?.output() ?? [],
    drop: async (name, content) => {
      const draft = join(dir, `draft-${name}`);
      await writeFile(draft, content);
      await rename(draft, join(files.manifests, name));
    },
    take: (name) => rm(join(files.manifests, name)),
    api,
    cli: (...args) => {
      const [nsenter, ...rest] = inNamespaces(docker, [program, ...programArgs, ...args]);
      return tryRun(nsenter, rest, { env: cleanEnv });
    },
    start,
    stop: () => end('SIGTERM'),
    restart: async () => {
      await end('SIGTERM');
      await start();
    },
    kill9: () => end('SIGKILL'),
  };
};

/** Where everything of this daemon is; the node name is unique, so that its containers are told from others'. */
const layOut = async (dir: string, { docker, config = {}, paths: more = {}, manifests = {} }: BootletOptions) => {
  const { nodeName = basename(dir).toLowerCase() } = config;
  if (typeof nodeName !== 'string') throw new TypeError('nodeName is to be a string');
  const paths = {
    manifests: join(dir, 'manifests'),
    state: join(dir, 'state'),
    run: join(dir, 'run'),
    podLogs: join(dir, 'log/pods'),
    containerLogs: join(dir, 'log/containers'),
    images: join(dir, 'images'),
    kubeconfig: join(dir, 'bootlet.conf'),
    sysctlFile: join(dir, 'sysctl.conf'),
    modulesFile: join(dir, 'modules.conf'),
    ...more,
  };
  for (const folder of [paths.manifests, paths.images]) await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(manifests)) await writeFile(join(paths.manifests, name), content);
  const configuration = {
    apiVersion: 'bootlet.io/v1alpha1',
    kind: 'BootletConfiguration',
    nodeName,
    nodeIPs: ['127.0.0.1'],
    paths,
    runtime: { docker: { endpoint: docker.endpoint } },
    network: { manage: false },
    ...config,
  };
  const configFile = join(dir, 'config.yaml');
  await writeFile(configFile, JSON.stringify(configuration, null, 2));
  return {
    nodeName,
    manifests: paths.manifests,
    configFile,
    socket: join(paths.run, 'bootlet.sock'),
    adminSocket: join(paths.run, 'admin.sock'),
  };
};

const removeContainers = async ({ engine }: Dockerd, nodeName: string): Promise<void> => {
  const ours = (await engine.list('io.bootlet.instance')).filter(({ Labels }) =>
    Labels['io.kubernetes.pod.name']?.endsWith(`-${nodeName}`),
  );
  await engine.remove(ours.map(({ Id }) => Id));
};

const CGROUPS = '/sys/fs/cgroup';

/** Pods that are left have control groups on the machine; one that still holds a process stays. */
const removeCgroups = async (state: string): Promise<void> => {
  const cgroups = existsSync(join(CGROUPS, 'cgroup.controllers')) ? cgroupfsV2(CGROUPS) : cgroupfsV1(CGROUPS);
  const pods = new PodCgroups({ store: new Store(), root: 'kubepods', cgroups: async () => cgroups });
  const uids = await readdir(join(state, 'pods')).catch(() => []);
  await Promise.allSettled(uids.map((uid) => pods.release(uid)));
};
