import type { Link } from '../../host/ip/links.ts';

/** What of a bridge is kept besides its addresses, in the order in which it is set: up comes last. */
export const attributeNames = [
  'address',
  'mtu',
  'nf_call_iptables',
  'nf_call_ip6tables',
  'accept_ra',
  'promisc',
  'state',
] as const;
export type AttributeName = (typeof attributeNames)[number];

/** In the words of `ip`. What is undefined this kernel does not have. */
export type Attributes = Readonly<Record<AttributeName, string | undefined>>;

/** One thing to do to the host. */
export type Command =
  | { readonly kind: 'ip'; readonly args: readonly string[] }
  /** Lines for `ip -batch`, each of which may fail without harm to the others: those that did not stay, and the next look makes the rest. */
  | { readonly kind: 'ip-batch'; readonly lines: readonly string[] }
  /** A file below /proc/sys. */
  | { readonly kind: 'sysctl'; readonly file: string; readonly value: string };

const bit = (isSet: boolean): string => (isSet ? '1' : '0');

/** @param acceptRa the bridge's sysctl; undefined without IPv6 */
export const attributesOf = (link: Link, acceptRa: string | undefined): Attributes => ({
  address: link.mac,
  mtu: String(link.mtu),
  nf_call_iptables: bit(link.bridge?.callsIptables ?? false),
  nf_call_ip6tables: bit(link.bridge?.callsIp6tables ?? false),
  accept_ra: acceptRa,
  promisc: link.isPromiscuous ? 'on' : 'off',
  state: link.isUp ? 'up' : 'down',
});

/** As `ip link` shows it. */
export const showAttribute = (name: AttributeName, value: string): string =>
  name === 'state' ? value : `${name} ${value}`;

/** Below /proc/sys. A name may hold dots, so that only the path is unmistakable. */
export const acceptRaFile = (bridge: string): string => `net/ipv6/conf/${bridge}/accept_ra`;

export const setAttribute = (bridge: string, name: AttributeName, value: string): Command => {
  const ip = (...args: string[]): Command => ({ kind: 'ip', args: ['link', 'set', bridge, ...args] });
  switch (name) {
    case 'address':
    case 'mtu':
    case 'promisc':
      return ip(name, value);
    case 'nf_call_iptables':
    case 'nf_call_ip6tables':
      return ip('type', 'bridge', name, value);
    case 'state':
      return ip(value);
    case 'accept_ra':
      return { kind: 'sysctl', file: acceptRaFile(bridge), value };
    default:
      return name satisfies never;
  }
};
