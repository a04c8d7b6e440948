import type { NetworkSpec } from '../resources.ts';
import type { Attributes, Command } from './attributes.ts';

/** The bridge as it shall be. */
export interface BridgeTarget {
  readonly name: string;
  /** Whether Docker makes it, with its addresses (`bip`): until then there is nothing to do. */
  readonly isDockers: boolean;
  /** What is undefined is not bootlet's business. */
  readonly attributes: Attributes;
  /** With the length of their prefixes: 10.22.3.1/24. */
  readonly addresses: readonly string[];
  /** Whether containers reach themselves through the bridge. Where not, it is left as the runtime has it. */
  readonly hairpin: boolean;
}

/** @param isDockers whether Docker makes it and gives it its address (`bip`) */
export const targetOf = ({ bridge, ranges }: NetworkSpec, isDockers = false): BridgeTarget => ({
  name: bridge.name,
  isDockers,
  attributes: {
    ...(isDockers ? DOCKERS : { address: bridge.mac, mtu: String(bridge.mtu), state: 'up' }),
    // Of this bridge alone: those of virtual machines keep what their administrator chose.
    nf_call_iptables: '1',
    nf_call_ip6tables: ranges.some(({ family }) => family === 'ipv6') ? '1' : '0',
    // A container could make itself the host's router (CVE-2020-10749).
    accept_ra: '0',
    promisc: bridge.promiscuous ? 'on' : 'off',
  },
  addresses: isDockers ? [] : ranges.map(({ gateway, prefixLength }) => `${gateway}/${prefixLength}`),
  hairpin: bridge.hairpin,
});

const DOCKERS = { address: undefined, mtu: undefined, state: undefined };

/**
 * The command that makes it; then each attribute is set. Its address is given at once, since udev may change one that
 * the kernel made up. Its MTU is given as another than it is to be: only one that is changed later sticks when a port
 * has another.
 */
export const addBridge = ({ name, attributes: { address = '', mtu } }: BridgeTarget): Command => ({
  kind: 'ip',
  args: ['link', 'add', 'name', name, 'address', address, 'mtu', String(Number(mtu) - 1), 'type', 'bridge'],
});

/** An address of IPv6 is usable at once: nobody else on the bridge can have it. */
export const addAddress = (bridge: string, address: string): Command => ({
  kind: 'ip',
  args: ['address', 'replace', address, 'dev', bridge, ...(address.includes(':') ? ['nodad'] : [])],
});
