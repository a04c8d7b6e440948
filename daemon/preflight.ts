import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCluster } from './config/cluster.ts';
import type { Config } from './config/schema.ts';
import { BootletError } from './errors.ts';
import { readHostFacts } from './host/facts/facts.ts';
import { type HostNetwork, readHostNetwork } from './host/ip/host-network.ts';
import { readKernelFile } from './host/kernel-file.ts';
import { hostTools, type RunTool } from './host/run-tool.ts';
import { type BootstrapToken, readToken } from './node/discovery/bootstrap-token.ts';
import { failed, hostCheck, type PreflightCheck, passed, warning } from './node/preflight/check.ts';
import { type HostView, hostChecks } from './node/preflight/host-checks.ts';
import { nodeOwnerCheck } from './node/preflight/node-owner-check.ts';
import { proxyCheck } from './node/preflight/proxy-check.ts';
import { serverChecks } from './node/preflight/server-checks.ts';
import { planHost } from './plan.ts';
import { checkFolderOwner } from './pods/source/folder-owner.ts';
import { systemClock as clock } from './reconcile/clock.ts';

/**
 * Looks whether this host can be what the configuration makes of it; the daemon need not run, and nothing is changed.
 * @param environment of whoever asks
 */
export const preflightHost = async (
  config: Config,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly PreflightCheck[]> => {
  const run = hostTools(process.env);
  const network = await readHostNetwork(run);
  const view = await hostView(config, network, run);
  return [
    await manifestFolder(config),
    await hostNetwork(config),
    ...hostChecks(view),
    proxyCheck(environment, config.cluster.servers),
    ...(hasCluster(config.cluster) ? await clusterChecks(config, network) : []),
  ];
};

const manifestFolder = async ({ paths: { manifests } }: Config): Promise<PreflightCheck> => {
  const name = 'ManifestFolder';
  const owner = await checkFolderOwner(manifests, { proc: '/proc', root: '/' });
  if (owner === undefined) return hostCheck(name, passed(`nobody else reads ${manifests}`));
  const who = owner.pid === undefined ? owner.what : `${owner.what} (pid ${owner.pid})`;
  const fix = 'stop and disable it, or give bootlet a folder of its own (paths.manifests)';
  return hostCheck(name, failed(`${who} reads ${manifests} too (E_MANIFEST_FOLDER_CONTESTED)`, fix));
};

/** Only a refusal stands in the way: what cannot be looked at yet, such as a Docker that is not installed, may come. */
const hostNetwork = async (config: Config): Promise<PreflightCheck> => {
  const name = 'Network';
  try {
    const { spec, why, isAbandoned, settings } = await planHost(config);
    if (spec === undefined && isAbandoned) return hostCheck(name, warning(why, 'bootlet reset --network'));
    if (spec === undefined) return hostCheck(name, passed(`nothing of the host's network is touched: ${why}`));
    const errors = settings.flatMap((setting) => ('error' in setting ? setting.error : []));
    const refusal = errors.find(({ code }) => code === 'E_NETWORK_REFUSED') ?? errors[0];
    if (refusal !== undefined) return hostCheck(name, ofError(refusal));
    const changes = settings
      .flatMap((setting) => ('changes' in setting ? setting.changes : []))
      .filter(({ advice }) => advice === undefined);
    const restarts = [...new Set(changes.flatMap((change) => change.restarts ?? []))];
    const effect = restarts.length === 0 ? '' : `; restarts ${restarts.join(', ')}`;
    return hostCheck(
      name,
      passed(`${changes.length} changes to the host's network (bootlet plan shows them)${effect}`),
    );
  } catch (error) {
    if (error instanceof BootletError) return hostCheck(name, ofError(error));
    throw error;
  }
};

const ofError = ({ code, message, hint = `bootlet explain ${code}` }: BootletError) => {
  const said = `${message} (${code})`;
  return code === 'E_NETWORK_REFUSED' ? failed(said, hint) : warning(said, hint);
};

const hostView = async (config: Config, { links, routes }: HostNetwork, run: RunTool): Promise<HostView> => {
  const { nodeName, network, paths } = config;
  const device = routes.find(({ destination }) => destination === 'default')?.device;
  const uplink = links.find(({ name }) => name === device);
  const path = existing(paths.state);
  const { bsize, blocks, bavail } = await statfs(path);
  return {
    nodeName,
    swapBytes: readHostFacts('/').swapBytes,
    cgroups: readCgroups(),
    uplink: uplink && { name: uplink.name, mtu: uplink.mtu },
    bridgeMtu: network.bridge.mtu,
    disk: { path, freeBytes: bavail * bsize, totalBytes: blocks * bsize },
    isTimeSynchronized: await readTimeSync(run),
  };
};

/** The folder, or the nearest one above it that there is. */
const existing = (path: string): string => (existsSync(path) ? path : existing(dirname(path)));

const readCgroups = (): HostView['cgroups'] => {
  const unified = readKernelFile('/sys/fs/cgroup/cgroup.controllers');
  if (unified !== undefined) return { version: 2, controllers: unified.trim().split(/\s+/) };
  const rows = (readKernelFile('/proc/cgroups') ?? '').split('\n').map((line) => line.split(/\s+/));
  return { version: 1, controllers: rows.filter((row) => row[3] === '1').flatMap(([name]) => name ?? []) };
};

const readTimeSync = async (run: RunTool): Promise<boolean | undefined> => {
  const { exitCode, stdout } = await run('timedatectl', ['show', '--property=NTPSynchronized', '--value']);
  return exitCode === 0 ? stdout.trim() === 'yes' : undefined;
};

const clusterChecks = async (config: Config, { links }: HostNetwork): Promise<readonly PreflightCheck[]> => {
  const { cluster, nodeName } = config;
  const ownAddresses = links.flatMap(({ addresses }) => addresses.map(({ address }) => address));
  const [token, tokenCheck] = await tokenOf(config);
  const options = { cluster, token, clock, stopping: new AbortController().signal, ownAddresses };
  const servers = (await Promise.all(cluster.servers.map((server) => serverChecks(server, options)))).flat();
  const trusted = servers.find(({ name, result }) => name === 'ServerTrusted' && result === 'passed')?.subject;
  const identity = { nodeName, ...readHostFacts('/') };
  const owner =
    token === undefined || trusted === undefined
      ? undefined
      : await nodeOwnerCheck({ ...options, cluster: { ...cluster, servers: [trusted] }, token, identity });
  return [...tokenCheck, ...(owner === undefined ? [] : [owner]), ...servers];
};

/** Whether there is one that can be read; whether the cluster takes it `bootlet token check` tells. */
const tokenOf = async ({
  cluster,
}: Config): Promise<readonly [BootstrapToken | undefined, readonly PreflightCheck[]]> => {
  const name = 'TokenFile';
  if (cluster.auth !== 'bootstrap-token') return [undefined, []];
  const { tokenFile } = cluster;
  try {
    const token = await readToken(tokenFile);
    if (token !== undefined) return [token, [hostCheck(name, passed(`${tokenFile} holds the token ${token.id}`))]];
    const fix = `kubeadm token create on a control plane prints one; it goes into ${tokenFile} (root's, mode 0600)`;
    return [
      undefined,
      [hostCheck(name, warning(`there is no ${tokenFile}: only a host that joined before needs none`, fix))],
    ];
  } catch (error) {
    if (!(error instanceof BootletError)) throw error;
    const { code, message, hint = `bootlet explain ${code}` } = error;
    return [undefined, [hostCheck(name, failed(`${message} (${code})`, hint))]];
  }
};
