import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { BootletError, isErrorCode } from '../errors.ts';
import type { RunTool } from '../host/run-tool.ts';
import { openTrusted, readUpTo } from '../host/trusted-file.ts';
import { bootletContainers } from './containers.ts';
import { manifestFiles, manifestPaths } from './manifests.ts';
import { MOST_LENGTH, type Part } from './part.ts';

export interface PartsOptions {
  readonly config: Config;
  readonly run: RunTool;
  /** This program's command line. */
  readonly self: readonly [string, ...string[]];
  /** `--config FILE`, if it was given. */
  readonly configArgs: readonly string[];
  /** `--socket PATH`, if it was given. */
  readonly socketArgs: readonly string[];
}

/** The slowest, a preflight of servers that do not answer, takes 10 s. */
const LIMIT_MS = 20_000;
/** A busy daemon logs a line a second: an hour of it. */
const LOG_LINES = '4000';

/**
 * Everything that a bundle tells. Left out on purpose: the manifests' own text, the pods' specs and their logs, since
 * a password may stand anywhere in them; what became of a manifest, its hash and its faults are there.
 *
 * bootlet's own commands run as programs like all others, so that one that hangs or fails takes nothing with it.
 */
export const supportParts = (options: PartsOptions): readonly Part[] => {
  const { config, run, configArgs, socketArgs } = options;
  const { paths, network, nodeName, runtime } = config;
  const tool =
    (program: string, ...args: string[]) =>
    () =>
      printedBy(run, program, args);
  const [program, ...first] = options.self;
  const bootlet = (...args: readonly string[]) => tool(program, ...first, ...args);
  const asking = (...args: string[]) => bootlet(...args, ...socketArgs);
  const looking = (...args: string[]) => bootlet(...args, ...configArgs);
  const file = (path: string) => () => beginningOf(path);
  const log = (unit: string) =>
    existsSync('/run/systemd/system')
      ? tool('journalctl', '--no-pager', '--output=short-iso', `--lines=${LOG_LINES}`, `--unit=${unit}`)
      : tool('tail', '-n', LOG_LINES, `/var/log/${unit}.log`);
  return [
    { name: 'version.json', what: 'this program', take: bootlet('version', '-o', 'json') },
    { name: 'config.json', what: 'the configuration with its defaults', take: looking('config', 'show', '-o', 'json') },
    { name: 'status.txt', what: 'what is right and wrong', take: asking('status') },
    { name: 'status.json', what: 'the same for programs', take: asking('status', '-o', 'json') },
    { name: 'pods.txt', what: 'the pods', take: asking('pods', '-o', 'wide') },
    { name: 'pod-inspect.txt', what: 'each pod with its events', take: asking('pod', 'inspect') },
    { name: 'events.txt', what: 'what happened lately', take: asking('events', '-o', 'wide') },
    { name: 'metrics.txt', what: 'the metrics', take: asking('metrics') },
    {
      name: 'network.txt',
      what: "the pod network and the host's settings",
      take: asking('network', 'show', '-o', 'wide'),
    },
    { name: 'network-plan.txt', what: 'what would be changed on the host', take: looking('network', 'plan') },
    { name: 'node.txt', what: 'the Node and how the host stands to its cluster', take: asking('node', 'show') },
    { name: 'node.json', what: 'the Node itself', take: asking('node', 'show', '-o', 'json') },
    { name: 'certificate.txt', what: 'the certificate of the host, without its key', take: looking('cert', 'show') },
    { name: 'preflight.txt', what: 'what stands in the way of the host', take: looking('preflight') },
    {
      name: 'manifests.json',
      what: 'the manifest folder: names and hashes',
      take: () => manifestFiles(paths.manifests),
    },
    {
      name: 'manifests.txt',
      what: 'what is wrong with the manifests',
      take: async () => {
        const files = await manifestPaths(paths.manifests);
        return files.length === 0 ? '' : bootlet('manifest', 'validate', '--node-name', nodeName, ...files)();
      },
    },
    { name: 'ledger.json', what: 'what bootlet changed on the host', take: file(join(paths.state, 'ledger.json')) },
    { name: 'bootlet.log', what: "the daemon's last words", take: log('bootlet'), keep: 'end' },
    { name: 'docker.log', what: "Docker's last words", take: log('docker'), keep: 'end' },
    { name: 'daemon.json', what: "Docker's configuration", take: file(network.docker.configFile) },
    { name: 'containers.json', what: "Docker and bootlet's containers", take: () => bootletContainers(runtime.docker) },
    { name: 'host/uname.txt', what: 'the kernel', take: tool('uname', '-a') },
    { name: 'host/os-release', what: 'the distribution', take: file('/etc/os-release') },
    {
      name: 'host/cgroup.txt',
      what: 'cgroup2fs: version 2, tmpfs: 1',
      take: tool('stat', '-f', '-c', '%T', '/sys/fs/cgroup'),
    },
    { name: 'host/addresses.txt', what: 'ip -d address', take: tool('ip', '-d', 'address') },
    { name: 'host/links.txt', what: 'ip -d -s link', take: tool('ip', '-d', '-s', 'link') },
    {
      name: 'host/routes.txt',
      what: 'ip -d route, of all tables',
      take: tool('ip', '-d', 'route', 'show', 'table', 'all'),
    },
    {
      name: 'host/routes6.txt',
      what: 'the same of IPv6',
      take: tool('ip', '-6', '-d', 'route', 'show', 'table', 'all'),
    },
    { name: 'host/iptables.txt', what: 'iptables-save', take: tool('iptables-save') },
    { name: 'host/ip6tables.txt', what: 'ip6tables-save', take: tool('ip6tables-save') },
    { name: 'host/nft.txt', what: 'nft list ruleset', take: tool('nft', 'list', 'ruleset') },
  ];
};

/** As much that a longer one is seen to be too long: a character takes three bytes at most. @throws BootletError E_FILE_UNTRUSTED, system errors */
const beginningOf = async (path: string): Promise<string> => {
  await using handle = await openTrusted(path);
  return Buffer.from(await readUpTo(handle, 3 * MOST_LENGTH + 1)).toString('utf8');
};

/** Also what a program prints that then complains, as `preflight` does of what it found. @throws BootletError where it prints nothing else */
const printedBy = async (run: RunTool, program: string, args: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await run(program, args, { limitMs: LIMIT_MS });
  if (exitCode === 0 || stdout !== '') return stdout + stderr;
  // As bootlet's own commands complain.
  const [, message, code] = /^error: ([^]*?) \((E_[A-Z_]+)\)$/m.exec(stderr) ?? [];
  if (message !== undefined && isErrorCode(code)) throw new BootletError(code, message);
  throw new BootletError('E_HOST_COMMAND', stderr.trim() || `${program} ended with ${exitCode}`);
};
