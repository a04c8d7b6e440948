import { createHash } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import { BootletError } from '../errors.ts';
import { type Cidr, containsCidr, firstAddressOf, parseCidr, showCidr } from '../host/ip/cidr.ts';
import type { HostNetwork } from '../host/ip/host-network.ts';
import type { Ledger } from '../host/ledger.ts';
import { DOCKER_BRIDGE } from '../runtime/docker/bridge-network.ts';
import { bridgesIn, entriesOf, ownAddresses } from './bridge/entries.ts';
import type { FlannelFile, NetworkSpec, PodRange } from './resources.ts';
import { mtuOf } from './spec/mtu.ts';
import {
  checkedRanges,
  checkedServices,
  type IsOwn,
  type RangeSource,
  refuseConflicts,
  refuseForeignBridge,
} from './spec/refusals.ts';

/** What a network is planned from. */
export interface SpecInput {
  readonly config: Config['network'];
  readonly nodeName: string;
  /** Whether a cluster is configured from which a range will come. */
  readonly hasCluster: boolean;
  /** Of the Node, or as it was last seen. */
  readonly nodePodCIDRs: readonly string[] | undefined;
  /** Undefined where none is configured, or none was looked at yet. */
  readonly flannel: FlannelFile | undefined;
  readonly host: HostNetwork;
  /** Bridges that bootlet made, under whatever name it was told then. */
  readonly ownBridges: readonly string[];
  /** Addresses that bootlet gave to bridges, with the length of their prefixes: 10.22.3.1/24. */
  readonly ownAddresses: readonly string[];
  /** What was planned last. */
  readonly previous: NetworkSpec | undefined;
}

export type SpecPlan =
  | { readonly kind: 'spec'; readonly spec: NetworkSpec }
  /** A range will come. */
  | { readonly kind: 'waiting'; readonly message: string }
  /** None is configured and none will come: pods have the runtime's own network. */
  | { readonly kind: 'none' };

/** Bridges that the ledger names. */
export const ownBridgesIn = (ledger: Pick<Ledger, 'of'>): readonly string[] => bridgesIn(ledger.of('bridge'));

export const ownAddressesIn = (ledger: Pick<Ledger, 'of'>): readonly string[] =>
  ownBridgesIn(ledger).flatMap((bridge) => ownAddresses(entriesOf(ledger.of('bridge'), bridge)));

const rangeFrom = (cidr: Cidr): PodRange => {
  const { family, prefixLength } = cidr;
  return { family, cidr: showCidr(cidr), gateway: firstAddressOf(cidr), prefixLength };
};

/** @throws BootletError E_INTERNAL for what is no network */
export const rangeOf = (text: string): PodRange => {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new BootletError('E_INTERNAL', `${text} is no network`);
  return rangeFrom(cidr);
};

/** Where the ranges come from; what is waited for, where they have not come yet; undefined where none will. */
const sourceOf = ({
  config,
  nodeName,
  hasCluster,
  nodePodCIDRs,
  flannel,
}: SpecInput): RangeSource | string | undefined => {
  const { subnetFile } = config.flannel;
  if (subnetFile !== '') {
    if (flannel?.subnet === undefined) return flannelNotRead(subnetFile, flannel);
    return {
      cidrs: flannel.subnet.podCIDRs,
      where: subnetFile,
      wayOut: "change the network of flannel (net-conf.json), or this host's part of it",
      isCarrier: (device) => device.startsWith('flannel'),
    };
  }
  const isCarrier = (): boolean => false;
  if (config.podCIDRs.length > 0) {
    const wayOut = 'set network.podCIDRs to ranges that nothing on this host and in its networks has';
    return { cidrs: config.podCIDRs, where: 'network.podCIDRs', wayOut, isCarrier };
  }
  if (nodePodCIDRs !== undefined && nodePodCIDRs.length > 0) {
    const wayOut = "set network.podCIDRs, or change the cluster's range (--cluster-cidr of kube-controller-manager)";
    return { cidrs: nodePodCIDRs, where: `spec.podCIDRs of the Node ${nodeName}`, wayOut, isCarrier };
  }
  if (!hasCluster) return undefined;
  return `network.podCIDRs is empty and the Node ${nodeName} has no spec.podCIDRs yet; nothing on the host is touched until it has`;
};

/** @throws BootletError E_NETWORK_REFUSED for a file that is there and cannot be taken */
const flannelNotRead = (subnetFile: string, file: FlannelFile | undefined): string => {
  if (file?.fault?.kind !== 'broken') {
    return `there is no ${subnetFile} yet, which flanneld writes once it has a subnet; nothing on the host is touched until then`;
  }
  const { message, hint } = file.fault;
  throw new BootletError('E_NETWORK_REFUSED', message, { hint, retryable: false });
};

/** Locally administered, and the same for a bridge of a node whatever becomes of its addresses. 0a:58 is what CNI's bridge plugin begins with. */
const macOf = (nodeName: string, bridge: string): string => {
  const digest = createHash('sha256').update(`${nodeName}\0${bridge}`).digest('hex');
  return `0a:58:${digest.slice(0, 8).replace(/..(?=.)/g, '$&:')}`;
};

/**
 * What pods reach under their own addresses, which always includes pods of the same host: without that a packet between
 * two of them that the bridge hands to the packet filter would come from the bridge.
 * @param pods all ranges that pods of this host have
 */
const masqueradeOf = (
  { config: { masquerade }, flannel }: SpecInput,
  pods: readonly PodRange[],
): NetworkSpec['masquerade'] => {
  if (!masquerade.enabled || flannel?.subnet?.masquerades === true) return undefined;
  const listed = (flannel?.subnet?.networks ?? masquerade.nonMasqueradeCIDRs).flatMap((text) => parseCidr(text) ?? []);
  const missing = pods
    .flatMap(({ cidr }) => parseCidr(cidr) ?? [])
    .filter((range) => !listed.some((cidr) => containsCidr(cidr, range)));
  const nonMasqueradeCIDRs = [...new Set([...listed, ...missing].map(showCidr))];
  return { nonMasqueradeCIDRs, randomFully: masquerade.randomFully };
};

/** What is left of the ranges before. */
const earlierRanges = (bridge: string, ranges: readonly PodRange[], input: SpecInput): readonly PodRange[] => {
  const addresses = input.host.links.find(({ name }) => name === bridge)?.addresses ?? [];
  return addresses
    .map(({ address, prefixLength }) => `${address}/${prefixLength}`)
    .filter((address) => input.ownAddresses.includes(address))
    .map(rangeOf)
    .filter(({ cidr }) => !ranges.some((range) => range.cidr === cidr));
};

/**
 * The network that follows from the configuration, the Node, flannel and the host.
 * @throws BootletError E_NETWORK_REFUSED for what cannot be carried out on this host
 */
export const planSpec = (input: SpecInput): SpecPlan => {
  const { config, nodeName, flannel, host, ownBridges, previous } = input;
  const source = sourceOf(input);
  if (source === undefined) return { kind: 'none' };
  if (typeof source === 'string') return { kind: 'waiting', message: source };
  const { mtu: configured, ...bridge } = config.bridge;
  const name = config.docker.attach === 'bip' ? DOCKER_BRIDGE : bridge.name;
  const isOwn: IsOwn = (device) => device === name || ownBridges.includes(device);

  const ranges = checkedRanges(source);
  refuseForeignBridge(name, host);
  refuseConflicts(ranges, source, host, isOwn);
  const mtu = mtuOf({
    host,
    families: ranges.map(({ family }) => family),
    configured,
    overlay: flannel?.subnet?.mtu,
    present: previous?.bridge.mtu ?? host.links.find((link) => link.name === name)?.mtu,
    isOwn,
  });
  const podRanges = ranges.map(rangeFrom);
  const podCIDRs = podRanges.map(({ cidr }) => cidr);
  const earlier = earlierRanges(name, podRanges, input);
  return {
    kind: 'spec',
    spec: {
      ranges: podRanges,
      earlier,
      serviceCIDRs: checkedServices(config.serviceCIDRs, podCIDRs, host),
      bridge: { ...bridge, name, mac: macOf(nodeName, name), mtu },
      masquerade: masqueradeOf(input, [...podRanges, ...earlier]),
    },
  };
};
