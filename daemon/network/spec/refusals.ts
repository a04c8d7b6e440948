import { podRangeFaults, serviceRangeFaults } from '../../config/network-faults.ts';
import { BootletError } from '../../errors.ts';
import { type Cidr, cidrsOverlap, containsAddress, containsCidr, parseCidr, showCidr } from '../../host/ip/cidr.ts';
import type { HostNetwork } from '../../host/ip/host-network.ts';
import { isOfMachine, type Link } from '../../host/ip/links.ts';

/** Where the ranges of pods' addresses come from. */
export interface RangeSource {
  readonly cidrs: readonly string[];
  /** As a person would look it up: `network.podCIDRs`. */
  readonly where: string;
  /** What to do about a range that cannot be. */
  readonly wayOut: string;
  /** Devices of whoever carries pods between hosts: what they hold of the ranges is no conflict. */
  readonly isCarrier: (device: string) => boolean;
}

/** Links that are bootlet's own: the bridge, and what it was called before. */
export type IsOwn = (device: string) => boolean;

const refused = (message: string, hint: string): BootletError =>
  new BootletError('E_NETWORK_REFUSED', message, { hint, retryable: false });

/** The ranges, IPv4 first. @throws BootletError E_NETWORK_REFUSED */
export const checkedRanges = ({ cidrs, where, wayOut }: RangeSource): readonly Cidr[] => {
  const faults = podRangeFaults(cidrs).map(({ index, message }) => `${where}: ${cidrs[index]} ${message}`);
  if (faults.length > 0) throw refused(faults.join('; '), wayOut);
  return cidrs.flatMap((cidr) => parseCidr(cidr) ?? []).toSorted((a, b) => a.family.localeCompare(b.family));
};

/** What of the host's network stands in the way of a range. */
const conflictOf = (range: Cidr, { links, routes }: HostNetwork, isOther: IsOwn): string | undefined => {
  const held = heldAddress(range, links, ({ name }) => isOther(name));
  if (held !== undefined) return held;
  for (const { destination, device = '', gateway } of routes.filter((route) => isOther(route.device ?? ''))) {
    if (destination === 'default') {
      if (gateway !== undefined && containsAddress(range, gateway))
        return `holds ${gateway}, the gateway of the default route`;
      continue;
    }
    const network = parseCidr(destination);
    if (network === undefined || !cidrsOverlap(range, network)) continue;
    // What is wider and lies behind a gateway gives way to the bridge's own route.
    if (gateway === undefined) return `overlaps ${showCidr(network)}, the network of ${device}`;
    if (containsCidr(range, network)) return `holds ${showCidr(network)}, which is routed by ${gateway} on ${device}`;
  }
  return undefined;
};

const heldAddress = (range: Cidr, links: readonly Link[], counts: (link: Link) => boolean): string | undefined => {
  for (const { name, addresses } of links.filter(counts)) {
    const held = addresses.find(({ address }) => containsAddress(range, address));
    if (held !== undefined) return `holds ${held.address}, an address of ${name}`;
  }
  return undefined;
};

/** @throws BootletError E_NETWORK_REFUSED where the host, or what it reaches, has some of the addresses already */
export const refuseConflicts = (
  ranges: readonly Cidr[],
  { where, wayOut, isCarrier }: RangeSource,
  host: HostNetwork,
  isOwn: IsOwn,
): void => {
  const isOther = (device: string): boolean => !isOwn(device) && !isCarrier(device);
  const conflicts = ranges.flatMap((range) => {
    const conflict = conflictOf(range, host, isOther);
    return conflict === undefined ? [] : [`${where}: ${showCidr(range)} ${conflict}`];
  });
  if (conflicts.length > 0) throw refused(conflicts.join('; '), wayOut);
};

/**
 * The ranges of services. Interfaces that stand for services hold some of their addresses, which are no conflict:
 * kube-proxy's kube-ipvs0, that of NodeLocal DNSCache; each is a dummy.
 * @param podCIDRs wherever they come from
 * @throws BootletError E_NETWORK_REFUSED
 */
export const checkedServices = (
  cidrs: readonly string[],
  podCIDRs: readonly string[],
  { links }: Pick<HostNetwork, 'links'>,
): readonly string[] => {
  const ranges = cidrs.flatMap((cidr) => parseCidr(cidr) ?? []);
  const held = ranges.flatMap((range, index) => {
    const conflict = heldAddress(range, links, ({ kind }) => kind !== 'dummy');
    return conflict === undefined ? [] : [{ index, message: conflict }];
  });
  const faults = [...serviceRangeFaults(cidrs, podCIDRs), ...held];
  if (faults.length === 0) return ranges.map(showCidr);
  throw refused(
    faults.map(({ index, message }) => `network.serviceCIDRs: ${cidrs[index]} ${message}`).join('; '),
    "set network.serviceCIDRs to the cluster's own range (--service-cluster-ip-range of kube-apiserver)",
  );
};

const refusedName = (fault: string): BootletError =>
  refused(`network.bridge.name: ${fault}`, 'choose a name that no interface of this host has, such as cbr0');

/** @throws BootletError E_NETWORK_REFUSED where something else than a bridge has the name */
export const refuseOtherKind = (name: string, links: readonly Link[]): void => {
  const link = links.find((l) => l.name === name);
  if (link === undefined || link.kind === 'bridge') return;
  throw refusedName(`${name} is no bridge but ${link.kind ?? 'an interface of the machine'}`);
};

/** @throws BootletError E_NETWORK_REFUSED where the name is, or may be, of something that is not bootlet's */
export const refuseForeignBridge = (name: string, { links, routes }: HostNetwork): void => {
  refuseOtherKind(name, links);
  if (routes.some((r) => r.destination === 'default' && r.device === name)) {
    throw refusedName(`${name} is the bridge that the default route goes through`);
  }
  const port = links.find((link) => link.master === name && isOfMachine(link));
  if (port !== undefined) throw refusedName(`${name} is the bridge of ${port.name}`);
};
