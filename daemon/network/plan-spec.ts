import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import type { Config } from '../config/schema.ts';
import { BootletError } from '../errors.ts';
import type { Link } from '../host/ip/links.ts';
import type { Route } from '../host/ip/routes.ts';
import type { NetworkSpec, PodRange } from './resources.ts';

/** What a network is planned from. */
export interface SpecInput {
  readonly config: Config['network'];
  readonly nodeName: string;
  /** Whether a cluster is configured from which a range will come. */
  readonly hasCluster: boolean;
  /** Of the Node, or as it was last seen. */
  readonly nodePodCIDRs: readonly string[] | undefined;
  readonly host: { readonly links: readonly Link[]; readonly routes: readonly Route[] };
}

export type SpecPlan =
  | { readonly kind: 'spec'; readonly spec: NetworkSpec }
  /** A range will come. */
  | { readonly kind: 'waiting'; readonly reason: string; readonly message: string }
  /** None is configured and none will come: pods have the runtime's own network. */
  | { readonly kind: 'none' };

const LARGEST_MTU = 1500;

export const rangeOf = (cidr: string): PodRange => {
  const [address, prefixLength] = ipaddr.parseCIDR(cidr);
  const family = address.kind();
  const first = (family === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6).networkAddressFromCIDR(cidr);
  const bytes = first.toByteArray();
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) + 1;
  const gateway = ipaddr.fromByteArray(bytes).toString();
  return { family, cidr: `${first.toString()}/${prefixLength}`, gateway, prefixLength };
};

/** The interface of the preferred default route. */
const uplinkOf = ({ links, routes }: SpecInput['host']): Link | undefined => {
  const [route] = routes.filter((r) => r.destination === 'default').toSorted((a, b) => a.metric - b.metric);
  return links.find(({ name }) => name === route?.device);
};

/** Locally administered, and the same for a bridge of a node whatever becomes of its addresses. 0a:58 is what CNI's bridge plugin begins with. */
const macOf = (nodeName: string, bridge: string): string => {
  const digest = createHash('sha256').update(`${nodeName}\0${bridge}`).digest('hex');
  return `0a:58:${digest.slice(0, 8).replace(/..(?=.)/g, '$&:')}`;
};

/**
 * The network that follows from the configuration, the Node and the host.
 * @throws BootletError E_NETWORK_REFUSED for what cannot be carried out on this host
 */
export const planSpec = ({ config, nodeName, hasCluster, nodePodCIDRs, host }: SpecInput): SpecPlan => {
  const cidrs = config.podCIDRs.length > 0 ? config.podCIDRs : nodePodCIDRs;
  if (cidrs === undefined || cidrs.length === 0) {
    if (!hasCluster) return { kind: 'none' };
    const message = `network.podCIDRs is empty and the Node ${nodeName} has no spec.podCIDRs yet; nothing on the host is touched until it has`;
    return { kind: 'waiting', reason: 'WaitingForPodCIDR', message };
  }
  const ranges = cidrs.map(rangeOf).toSorted((a, b) => a.family.localeCompare(b.family));
  if (ranges.length === 0) throw new BootletError('E_NETWORK_REFUSED', 'there is no range', { retryable: false });
  const { bridge, masquerade } = config;
  const mtu = bridge.mtu > 0 ? bridge.mtu : (uplinkOf(host)?.mtu ?? LARGEST_MTU);
  return {
    kind: 'spec',
    spec: {
      ranges,
      bridge: { ...bridge, mac: macOf(nodeName, bridge.name), mtu },
      masquerade: masquerade.enabled
        ? { nonMasqueradeCIDRs: masquerade.nonMasqueradeCIDRs, randomFully: masquerade.randomFully }
        : undefined,
    },
  };
};
