import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, type Namespaces, startChild } from './child.ts';
import { type Engine, engineAt } from './engine.ts';
import { newNetns } from './netns.ts';
import { processGone } from './process-gone.ts';
import { run } from './run.ts';
import type { Scope } from './scope.ts';

const READY_MS = 60_000;

export interface DockerdOptions {
  /**
   * `host`: in the host's network namespace with no bridge and no packet filter rule, for pods with hostNetwork.
   * `own`: in a namespace of its own, with Docker's bridge; a daemon that probes its pods must run in there too.
   */
  readonly network?: 'host' | 'own';
  /** Added to, and stronger than, the lab's daemon.json. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Where a dockerd is part of a whole host of the lab: its daemon.json is that host's, and holds nothing of the lab. */
export interface DockerdSite extends Namespaces {
  /** Path of daemon.json; undefined: where Docker looks by itself, and need not find one. */
  readonly configFile: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** A private dockerd: its data, its containerd and its containers are gone after the test. */
export interface Dockerd extends Namespaces {
  /** Path of its unix socket. */
  readonly socket: string;
  /** The same as an endpoint: `unix:///…`. */
  readonly endpoint: string;
  /** Name under /run/netns, for `network: 'own'`. */
  readonly netns: string | undefined;
  readonly dataRoot: string;
  readonly engine: Engine;
  /** Undefined while it does not run. */
  pid(): number | undefined;
  /** The last lines of its log. */
  log(): string[];
  start(): Promise<void>;
  /** An orderly end, which ends its containers too (unless `live-restore` is on). */
  stop(): Promise<void>;
  restart(): Promise<void>;
  /** SIGKILL: its containers run on, until the next start ends them. */
  kill(): Promise<void>;
}

/**
 * Starts a dockerd of one's own, as many at a time as one likes. With BOOTLET_TEST_DOCKER set to the path of a
 * running daemon's socket, that one is used instead, for quick work by hand: it cannot be stopped.
 */
export const startDockerd = async (scope: Scope, options: DockerdOptions = {}): Promise<Dockerd> => {
  const shared = process.env['BOOTLET_TEST_DOCKER'];
  if (shared !== undefined && options.network !== 'own') return sharedDockerd(scope, shared);

  const dir = await newRoot(scope);
  const netns = options.network === 'own' ? await newNetns(scope) : undefined;
  const configFile = join(dir, 'daemon.json');
  const offline = { bridge: 'none', iptables: false, 'ip-forward': false, 'ip-masq': false };
  const settings = {
    ...plumbing(dir),
    hosts: [`unix://${dir}/docker.sock`],
    ...(netns === undefined ? offline : {}),
    ...options.options,
  };
  await writeFile(configFile, JSON.stringify(settings));
  return runDockerd(scope, { dir, site: { netns, configFile, env: process.env }, flags: [] });
};

/** Starts a dockerd whose daemon.json is that of a whole host: what the lab needs, it gives as flags. */
export const startDockerdAt = async (scope: Scope, site: DockerdSite): Promise<Dockerd> => {
  const dir = await newRoot(scope);
  const flags = Object.entries(plumbing(dir)).map(([name, value]) => `--${name}=${value}`);
  return runDockerd(scope, { dir, site, flags: [...flags, `--host=unix://${dir}/docker.sock`] });
};

const newRoot = async (scope: Scope): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'bl-docker-'));
  scope.teardown(() => removeRoot(dir));
  return dir;
};

const plumbing = (dir: string) => ({
  'data-root': join(dir, 'data'),
  'exec-root': join(dir, 'exec'),
  pidfile: join(dir, 'docker.pid'),
  'shutdown-timeout': 5,
});

interface Invocation {
  readonly dir: string;
  readonly site: DockerdSite;
  readonly flags: readonly string[];
}

const runDockerd = async (scope: Scope, { dir, site, flags }: Invocation): Promise<Dockerd> => {
  const { netns, mountsOf, configFile } = site;
  const socket = join(dir, 'docker.sock');
  const engine = engineAt(socket);
  scope.teardown(() => engine.close());
  let child: Child | undefined;
  const start = async () => {
    const started = startChild(
      ['dockerd', ...(configFile === undefined ? [] : ['--config-file', configFile]), ...flags],
      site,
    );
    child = started;
    void started.ended.then(() => {
      if (child === started) child = undefined;
    });
    await started.line(/API listen on/, READY_MS);
  };
  const end = async (signal: NodeJS.Signals) => {
    await child?.end(signal);
    child = undefined;
  };
  scope.teardown(async () => {
    // After a kill the containers still run, and only a dockerd can end them. They are killed first, for an
    // orderly shutdown would give each of them its time to end by itself.
    if (child === undefined) await start();
    await engine.remove((await engine.list()).map(({ Id }) => Id));
    await end('SIGTERM');
  });
  await start();

  return {
    socket,
    endpoint: `unix://${socket}`,
    netns,
    mountsOf,
    dataRoot: join(dir, 'data'),
    engine,
    pid: () => child?.pid,
    log: () => child?.output() ?? [],
    start,
    stop: () => end('SIGTERM'),
    restart: async () => {
      await end('SIGTERM');
      await start();
    },
    kill: async () => {
      // Its containerd dies with it, a moment later; a dockerd started before that would wait for it in vain.
      const containerd = Number(await readFile(join(dir, 'exec/containerd/containerd.pid'), 'utf8'));
      await end('SIGKILL');
      await processGone(containerd, READY_MS);
    },
  };
};

const sharedDockerd = async (scope: Scope, socket: string): Promise<Dockerd> => {
  const engine = engineAt(socket);
  scope.teardown(() => engine.close());
  const { DockerRootDir } = (await engine.call('GET', '/info')) as { readonly DockerRootDir: string };
  const refuse = (): Promise<void> =>
    Promise.reject(new Error("the shared dockerd is not the test's to start or stop"));
  return {
    socket,
    endpoint: `unix://${socket}`,
    netns: undefined,
    dataRoot: DockerRootDir,
    engine,
    pid: () => undefined,
    log: () => [],
    start: refuse,
    stop: refuse,
    restart: refuse,
    kill: refuse,
  };
};

/** Unmounts what an unclean end left mounted below the folder, innermost first, and removes it. */
const removeRoot = async (dir: string): Promise<void> => {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${dir}/`)).reverse()) {
    await run('umount', ['--lazy', mount]);
  }
  await rm(dir, { recursive: true, force: true });
};
