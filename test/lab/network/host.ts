import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunTool } from '../../../daemon/host/run-tool.ts';
import { type Bootlet, type BootletOptions, startBootlet } from '../bootlet.ts';
import { inNamespaces, type Namespaces } from '../child.ts';
import { type Dockerd, startDockerdAt } from '../dockerd.ts';
import { newNetns } from '../netns.ts';
import { type RunOptions, type RunResult, run, tryRun } from '../run.ts';
import type { Scope } from '../scope.ts';
import { type Lan, newLan } from './lan.ts';
import { newMounts } from './own-mounts.ts';
import { serveRestarts } from './restart.ts';

export interface HostOptions {
  /** What it is attached to; one of its own by default. */
  readonly lan?: Lan;
  /** Whether it has IPv6 addresses and routes beside those of IPv4. */
  readonly dualStack?: boolean;
  /** Which iptables the host's other programs use, as Kubernetes tells it. */
  readonly backEnd?: 'nft' | 'legacy';
}

/** A bare Linux host as far as its network goes: a network namespace with an uplink, and mounts of its own. */
export interface Host extends Namespaces {
  readonly netns: string;
  readonly mountsOf: number;
  readonly lan: Lan;
  /** Of its `eth0`. */
  readonly addresses: { readonly ipv4: string; readonly ipv6: string };
  /** Everything of it that is files, with `etc/docker/daemon.json`. */
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  /** A command that must succeed: its standard output. */
  run(program: string, ...args: string[]): Promise<string>;
  tryRun(program: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Programs of the host, for parts of bootlet that run in the test itself. Files below /proc/sys/net are not the host's there. */
  readonly tools: RunTool;
}

/** Makes a host on which nothing of containers was set up yet, forwarding nothing. */
export const newHost = async (scope: Scope, options: HostOptions = {}): Promise<Host> => {
  const { lan = await newLan(scope), dualStack = false, backEnd = 'nft' } = options;
  const dir = await mkdtemp(join(tmpdir(), 'bl-host-'));
  scope.teardown(() => rm(dir, { recursive: true, force: true }));
  const netns = await newNetns(scope);
  const addresses = await lan.attach(netns);
  const mountsOf = await newMounts(scope, netns, dir);
  const env = { ...process.env, PATH: `${await programs(dir, backEnd)}:${process.env['PATH']}` };
  const execute: Host['tryRun'] = (program, args, more) => {
    const [nsenter, ...rest] = inNamespaces({ netns, mountsOf }, [program, ...args]);
    return tryRun(nsenter, rest, { env, ...more });
  };
  const host: Host = {
    netns,
    mountsOf,
    lan,
    addresses,
    dir,
    env,
    run: (program, ...args) => {
      const [nsenter, ...rest] = inNamespaces({ netns, mountsOf }, [program, ...args]);
      return run(nsenter, rest, { env });
    },
    tryRun: execute,
    tools: async (program, args, { input = '', limitMs = 30_000 } = {}) => {
      const { code, stdout, stderr } = await execute(program, args, { input, timeout: limitMs });
      return { exitCode: code, stdout, stderr };
    },
  };
  await bringUp(host, dualStack);
  // How Kubernetes' own components mark the back end that they use (KEP-3178).
  if (backEnd === 'legacy') await host.run('iptables-legacy', '-t', 'mangle', '-N', 'KUBE-IPTABLES-HINT');
  for (const folder of ['docker', 'sysctl.d', 'modules-load.d'])
    await mkdir(join(dir, 'etc', folder), { recursive: true });
  return host;
};

/** A namespace begins with what the machine has; a bare host forwards nothing. */
const BARE = [
  'net.ipv4.ip_forward=0',
  'net.ipv6.conf.all.forwarding=0',
  'net.bridge.bridge-nf-call-iptables=0',
  'net.bridge.bridge-nf-call-ip6tables=0',
];

const bringUp = async ({ run, addresses, lan }: Host, dualStack: boolean): Promise<void> => {
  await run('sysctl', '-q', '-e', '-w', ...BARE);
  // An address that is still being tried out would make two dumps differ.
  await run('sysctl', '-q', '-w', 'net.ipv6.conf.eth0.accept_dad=0');
  await run('ip', 'address', 'add', `${addresses.ipv4}/24`, 'dev', 'eth0');
  if (dualStack) await run('ip', 'address', 'add', `${addresses.ipv6}/64`, 'dev', 'eth0', 'nodad');
  await run('ip', 'link', 'set', 'eth0', 'up');
  await run('ip', 'route', 'add', 'default', 'via', lan.addresses.ipv4);
  if (dualStack) await run('ip', 'route', 'add', 'default', 'via', lan.addresses.ipv6);
};

/** A folder in which `iptables` and its relatives are those of the back end, as Debian's alternatives have it. */
const programs = async (dir: string, backEnd: 'nft' | 'legacy'): Promise<string> => {
  const folder = join(dir, 'programs');
  await mkdir(folder);
  for (const family of ['iptables', 'ip6tables'])
    for (const part of ['', '-save', '-restore'])
      await symlink(`/usr/sbin/${family}-${backEnd}${part}`, join(folder, `${family}${part}`));
  return folder;
};

export interface HostDocker extends Dockerd {
  /** The daemon.json that it is started with, by its name on the host. */
  readonly configFile: string;
  /** The command for `network.docker.restart`: fails where it does not come back. */
  readonly restartCommand: readonly string[];
}

/** Starts Docker on the host. @param options what its administrator has in daemon.json; without any there is no file */
export const startHostDocker = async (
  scope: Scope,
  host: Host,
  options?: Readonly<Record<string, unknown>>,
): Promise<HostDocker> => {
  const { netns, mountsOf, env } = host;
  const folder = join(host.dir, 'etc/docker');
  // Docker does without the file only where it looks for one by itself.
  if (options === undefined) await host.run('mount', '--bind', folder, '/etc/docker');
  else await writeFile(join(folder, 'daemon.json'), JSON.stringify(options, null, 2));
  const configFile = join(options === undefined ? '/etc/docker' : folder, 'daemon.json');
  const named = options === undefined ? undefined : configFile;
  const docker = await startDockerdAt(scope, { netns, mountsOf, env, configFile: named });
  return { ...docker, configFile, restartCommand: await serveRestarts(scope, docker) };
};

export interface HostBootletOptions extends Omit<BootletOptions, 'docker'> {
  /** Of the section `network`, where it is to be other than the lab's: managed, with `podCIDRs`, looked at each second. */
  readonly network?: Readonly<Record<string, unknown>>;
  readonly podCIDRs?: readonly string[];
}

export const POD_CIDRS = { ipv4: '10.22.3.0/24', ipv6: 'fd00:22:3::/64' } as const;

/** Of the section `paths`: where bootlet writes on the host itself. */
export const pathsOf = ({ dir }: Host) => ({
  sysctlFile: join(dir, 'etc/sysctl.d/90-bootlet.conf'),
  modulesFile: join(dir, 'etc/modules-load.d/bootlet.conf'),
});

/** Starts a whole bootlet on the host, which manages its network. */
export const startHostBootlet = (
  scope: Scope,
  host: Host,
  docker: HostDocker,
  { network = {}, podCIDRs = [POD_CIDRS.ipv4], config = {}, ...options }: HostBootletOptions = {},
): Promise<Bootlet> =>
  startBootlet(scope, {
    ...options,
    docker,
    paths: pathsOf(host),
    config: {
      nodeIPs: [host.addresses.ipv4],
      network: {
        manage: true,
        podCIDRs,
        pollSeconds: 1,
        docker: { configFile: docker.configFile, restart: docker.restartCommand },
        ...network,
      },
      ...config,
    },
  });
