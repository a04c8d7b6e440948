import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Node } from 'kubernetes-types/core/v1.d.ts';
import type { Bootlet, BootletOptions } from './bootlet.ts';
import type { Cluster } from './cluster.ts';
import { labImages } from './images.ts';
import { type CarriedPort, carryPort } from './network/carried-port.ts';
import { type Host, type HostDocker, newHost, startHostBootlet, startHostDocker } from './network/host.ts';
import type { Scope } from './scope.ts';
import { until } from './until.ts';

export interface MemberHostOptions extends Pick<BootletOptions, 'manifests'> {
  /** Of the section `cluster`, over what a host needs to join by its token. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly token?: string;
}

/** A whole host that knows nothing of a cluster but where it is, its authority's hash, and a token. */
export interface MemberHost {
  readonly host: Host;
  readonly docker: HostDocker;
  readonly bootlet: Bootlet;
  readonly tokenFile: string;
  /** In the order of the cluster's apiservers. */
  readonly ports: readonly CarriedPort[];
  giveToken(text: string): Promise<void>;
  takeToken(): Promise<void>;
  /** What the apiserver has of it now. */
  node(): Promise<Node | undefined>;
  nodeWhere(what: string, accepts: (node: Node) => boolean, within?: number): Promise<Node>;
  /** Addresses of an interface of the host, with the length of the prefix. */
  addressesOf(link: string): Promise<string[]>;
}

/** Starts its Docker and the daemon. The token is a new one unless given; '' leaves the file out. */
export const startMemberHost = async (
  scope: Scope,
  cluster: Cluster,
  { cluster: settings = {}, token, ...options }: MemberHostOptions = {},
): Promise<MemberHost> => {
  const host = await newHost(scope);
  const ports = await Promise.all(cluster.urls.map((url) => carryPort(scope, host.netns, Number(new URL(url).port))));
  const docker = await startHostDocker(scope, host);
  await docker.engine.load(await labImages());
  const tokenFile = join(host.dir, 'token');
  const giveToken = (text: string) => writeFile(tokenFile, `${text}\n`, { mode: 0o600 });
  const text = token ?? (await cluster.token()).text;
  if (text !== '') await giveToken(text);
  const bootlet = await startHostBootlet(scope, host, docker, {
    ...options,
    podCIDRs: [],
    config: {
      nodeIPs: [host.addresses.ipv4],
      cluster: {
        servers: cluster.urls,
        tokenFile,
        discovery: { caCertHashes: [cluster.caHash] },
        ...settings,
      },
    },
  });
  const node = async (): Promise<Node | undefined> => {
    const { code, body } = await cluster.call('GET', `/api/v1/nodes/${bootlet.nodeName}`);
    return code === 200 ? (body as Node) : undefined;
  };
  return {
    host,
    docker,
    bootlet,
    tokenFile,
    ports,
    giveToken,
    takeToken: () => rm(tokenFile),
    node,
    nodeWhere: async (what, accepts, within = 60_000) => {
      const look = async () => {
        const found = await node();
        return found !== undefined && accepts(found) && found;
      };
      return until(look, { what, within }).catch(async (cause: unknown) => {
        const last = JSON.stringify((await node())?.status?.conditions);
        throw new Error(`${what}; its conditions are ${last}\n${bootlet.log().join('\n')}`, { cause });
      });
    },
    addressesOf: async (link) => {
      const { code, stdout } = await host.tryRun('ip', ['-j', 'address', 'show', 'dev', link]);
      if (code !== 0) return [];
      const [{ addr_info }] = JSON.parse(stdout) as [
        { addr_info: { family: string; local: string; prefixlen: number }[] },
      ];
      return addr_info.filter(({ family }) => family === 'inet').map((one) => `${one.local}/${one.prefixlen}`);
    },
  };
};

/** The condition Ready of a Node. */
export const readyOf = (node: Node) => node.status?.conditions?.find(({ type }) => type === 'Ready');

export const isReady = (node: Node): boolean => readyOf(node)?.status === 'True';
