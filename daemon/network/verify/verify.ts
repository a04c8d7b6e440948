import type { Family } from '../../host/ip/cidr.ts';
import { type HostNetwork, readHostNetwork } from '../../host/ip/host-network.ts';
import { outputOf, type RunTool } from '../../host/run-tool.ts';
import type { PodRange } from '../resources.ts';
import {
  type Check,
  judgeAddress,
  judgeDirect,
  judgeHost,
  judgeMtu,
  judgeOutside,
  judgeOversize,
  type Way,
} from './check.ts';
import type { Far, Probe } from './probe.ts';

/** Where packets are sent from and to: the host, or a pod. */
export interface Site {
  readonly probe: Omit<Probe, 'close'>;
  /** Programs in its network namespace. */
  readonly run: RunTool;
}

export interface VerifyOptions {
  readonly host: Site;
  readonly pods: readonly [Site, Site];
  /** That pods should have addresses of; none where that is the runtime's matter. */
  readonly ranges: readonly Pick<PodRange, 'family' | 'cidr'>[];
  /** Named by the user; undefined: each family's default gateway. */
  readonly outside: Far | undefined;
  /** Told of each check once it is made. */
  readonly onCheck: (check: Check) => void;
  readonly signal: AbortSignal;
}

const ANSWER_MS = 2000;
/** What is dropped is waited for in vain. */
const DROPPED_MS = 700;
/** Of the packet itself, before UDP's payload: IP's header and UDP's own, bytes. */
const HEADERS = { ipv4: 28, ipv6: 48 } as const;
/** A VLAN tag more than the MTU passes a veth (is_skb_forwardable in net/core/dev.c). */
const OVERSIZE = 64;
/** RFC 1035; routers of small networks serve it, others refuse it, and both is an answer. */
const DNS_PORT = 53;

/** A pod as far as one family goes. */
interface PodAddress {
  readonly device: string;
  readonly address: string;
  readonly gateway: string;
  readonly mtu: number;
}

const podAddress = ({ links, routes }: HostNetwork, family: Family): PodAddress | undefined => {
  const route = routes.find((r) => r.family === family && r.destination === 'default');
  const link = links.find(({ name }) => name === route?.device);
  const address = link?.addresses.find((a) => a.family === family && a.scope === 'global')?.address;
  if (link === undefined || address === undefined || route?.gateway === undefined) return undefined;
  return { device: link.name, address, gateway: route.gateway, mtu: link.mtu };
};

/** One that a pod can send to: a link-local address is reached from its own link only. */
const defaultGateway = ({ routes }: HostNetwork, family: Family): string | undefined =>
  routes
    .filter((route) => route.family === family && route.destination === 'default')
    .filter(({ gateway }) => gateway !== undefined && !gateway.startsWith('fe80:'))
    .toSorted((a, b) => a.metric - b.metric)[0]?.gateway;

/** Sends packets every way that pods need, in each family that pods have. Resolves with all checks. */
export const verifyNetwork = async (options: VerifyOptions): Promise<readonly Check[]> => {
  const { host, pods, onCheck, signal } = options;
  const networks = await Promise.all([host, ...pods].map(({ run }) => readHostNetwork(run)));
  const checks: Check[] = [];
  const add = (check: Check): void => {
    signal.throwIfAborted();
    checks.push(check);
    onCheck(check);
  };
  for (const family of ['ipv4', 'ipv6'] as const) {
    const [ofHost, ...ofPods] = networks;
    const [first, second] = ofPods.map((network) => podAddress(network, family));
    for (const range of options.ranges) if (range.family === family) add(judgeAddress(range, first?.address));
    if (ofHost === undefined || first === undefined || second === undefined) continue;
    const gateway = defaultGateway(ofHost, family);
    await verifyFamily({ ...options, family, first, second, gateway, add });
  }
  return checks;
};

interface FamilyOptions extends VerifyOptions {
  readonly family: Family;
  readonly first: PodAddress;
  readonly second: PodAddress;
  /** The host's. */
  readonly gateway: string | undefined;
  add(check: Check): void;
}

const verifyFamily = async (options: FamilyOptions): Promise<void> => {
  const { family, first, second, add, host, pods } = options;
  const [a, b] = pods;
  const [atHost, atFirst, atSecond] = await Promise.all([host, a, b].map(({ probe }) => probe.listen(family, 0)));
  if (atHost === undefined || atFirst === undefined || atSecond === undefined) return;
  const way = (name: string, from: string, to: string): Way => ({ name, family, from, to });
  const { address, gateway, mtu } = first;

  const toHost = way('pod → host', address, gateway);
  add(judgeDirect(toHost, await a.probe.tcp({ address: gateway, port: atHost.tcp }, ANSWER_MS)));
  const fromHost = way('host → pod', gateway, address);
  add(judgeHost(fromHost, await host.probe.tcp({ address, port: atFirst.tcp }, ANSWER_MS)));
  const toPod = way('pod → pod', address, second.address);
  add(judgeDirect(toPod, await a.probe.tcp({ address: second.address, port: atSecond.tcp }, ANSWER_MS)));
  const outside = await verifyOutside(options);

  const datagram = async (name: string, far: Far): Promise<void> => {
    const full = await a.probe.udp({ ...far, family }, mtu - HEADERS[family], ANSWER_MS);
    const pathMtu = await learnedMtu(a.run, far.address);
    add(judgeMtu(way(name, address, far.address), { mtu, full, pathMtu }));
  };
  await datagram('pod → host, MTU', { address: gateway, port: atHost.udp });
  await datagram('pod → pod, MTU', { address: second.address, port: atSecond.udp });
  // Only a far end that tells the source answers datagrams too.
  if (outside?.check.seen !== undefined) await datagram('pod → outside, MTU', outside.far);
  await verifyOversize(options, { address: second.address, port: atSecond.udp });
};

const verifyOutside = async (
  options: FamilyOptions,
): Promise<{ readonly far: Far; readonly check: Check } | undefined> => {
  const { family, first, gateway, outside, add, pods } = options;
  const name = 'pod → outside';
  if (outside !== undefined && outside.address.includes(':') !== (family === 'ipv6')) return undefined;
  const address = outside?.address ?? gateway;
  if (address === undefined) {
    add({
      name,
      family,
      from: first.address,
      to: '',
      result: 'skipped',
      message: 'the host has no default gateway to try; name a far end with --to',
    });
    return undefined;
  }
  const far = { address, port: outside?.port ?? DNS_PORT };
  const way = { name, family, from: first.address, to: address };
  const check = judgeOutside(way, await pods[0].probe.tcp(far, ANSWER_MS), outside !== undefined);
  add(check);
  return { far, check };
};

/** The pod's own interface is let send more than the network carries: the pod is bootlet's, and gone in a moment. */
const verifyOversize = async (options: FamilyOptions, far: Far): Promise<void> => {
  const { family, first, pods, add } = options;
  const [{ run, probe }] = pods;
  const { device, mtu, address } = first;
  const set = (bytes: number) => outputOf(run, 'ip', ['link', 'set', device, 'mtu', String(bytes)]);
  await set(mtu + 2 * OVERSIZE);
  const answer = await probe.udp({ ...far, family }, mtu + OVERSIZE - HEADERS[family], DROPPED_MS);
  await set(mtu);
  add(judgeOversize({ name: 'larger than the MTU', family, from: address, to: far.address }, mtu, answer));
};

/** What a router has told of the way to an address (RFC 1191, RFC 8201), while the kernel remembers it. */
const learnedMtu = async (run: RunTool, address: string): Promise<number | undefined> => {
  const text = await outputOf(run, 'ip', ['route', 'get', address]);
  const mtu = /\bmtu (\d+)/.exec(text)?.[1];
  return mtu === undefined ? undefined : Number(mtu);
};
