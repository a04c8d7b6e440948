import type { RunTool } from '../run-tool.ts';
import type { Family } from './cidr.ts';
import { type Fields, fieldsIn, ipJson, listIn, numberIn, textIn } from './json.ts';

export interface LinkAddress {
  readonly family: Family;
  readonly address: string;
  readonly prefixLength: number;
  readonly scope: string;
}

/** A network interface as the kernel has it, in the network namespace that bootlet is in (never /sys, which may be of another). */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** `bridge`, `veth`, …; undefined for what a driver or the kernel itself made. */
  readonly kind: string | undefined;
  readonly mac: string;
  readonly mtu: number;
  readonly isUp: boolean;
  readonly isLoopback: boolean;
  readonly isPointToPoint: boolean;
  readonly isPromiscuous: boolean;
  /** The bridge or bond that it is a port of. */
  readonly master: string | undefined;
  /** Of a veth: the index of the other end, in that one's namespace. */
  readonly peerIndex: number | undefined;
  /** Of a port of a bridge. */
  readonly hairpin: boolean | undefined;
  /** Of a bridge: whether what it forwards goes through the packet filter. */
  readonly bridge: { readonly callsIptables: boolean; readonly callsIp6tables: boolean } | undefined;
  readonly addresses: readonly LinkAddress[];
}

const addressOf = (fields: Fields): LinkAddress => ({
  family: textIn(fields, 'family') === 'inet6' ? 'ipv6' : 'ipv4',
  address: textIn(fields, 'local') ?? '',
  prefixLength: numberIn(fields, 'prefixlen') ?? 0,
  scope: textIn(fields, 'scope') ?? '',
});

const linkOf = (fields: Fields): Link => {
  const list = fields['flags'];
  const flags: readonly unknown[] = Array.isArray(list) ? list : [];
  const info = fieldsIn(fields, 'linkinfo');
  const kind = textIn(info, 'info_kind');
  const data = fieldsIn(info, 'info_data');
  const hairpin = fieldsIn(info, 'info_slave_data')['hairpin'];
  return {
    index: numberIn(fields, 'ifindex') ?? 0,
    name: textIn(fields, 'ifname') ?? '',
    kind,
    mac: textIn(fields, 'address') ?? '',
    mtu: numberIn(fields, 'mtu') ?? 0,
    isUp: flags.includes('UP'),
    isLoopback: flags.includes('LOOPBACK'),
    isPointToPoint: flags.includes('POINTOPOINT'),
    isPromiscuous: flags.includes('PROMISC'),
    master: textIn(fields, 'master'),
    peerIndex: numberIn(fields, 'link_index'),
    hairpin: typeof hairpin === 'boolean' ? hairpin : undefined,
    bridge:
      kind === 'bridge'
        ? {
            callsIptables: numberIn(data, 'nf_call_iptables') === 1,
            callsIp6tables: numberIn(data, 'nf_call_ip6tables') === 1,
          }
        : undefined,
    addresses: listIn(fields, 'addr_info').map(addressOf),
  };
};

/** What `ip -json -details address show` prints. */
export const linksIn = (list: readonly Fields[]): readonly Link[] => list.map(linkOf);

/** Every interface with its addresses, in the kernel's order. @throws BootletError E_HOST_COMMAND */
export const readLinks = async (run: RunTool): Promise<readonly Link[]> =>
  linksIn(await ipJson(run, ['-details', 'address', 'show']));

const OF_MACHINE: readonly Link['kind'][] = [undefined, 'bond', 'team', 'vlan'];

/** Whether it is a device of the machine's, or made of such: no bridge, no tunnel, and nothing that leads to a container. */
export const isOfMachine = ({ kind, isLoopback }: Link): boolean => !isLoopback && OF_MACHINE.includes(kind);
