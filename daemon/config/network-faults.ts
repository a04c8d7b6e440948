import { type Cidr, cidrsOverlap, type Family, parseCidr } from '../host/ip/cidr.ts';

/**
 * What is wrong with the network in itself, whatever the host: said where the configuration is read, and where ranges
 * come from elsewhere. Each message goes after the name of what it is about.
 */

/** Room for the bridge's address and one pod's: an IPv4 network has its own and the broadcast address besides. */
const LONGEST_PREFIX: Readonly<Record<Family, number>> = { ipv4: 30, ipv6: 126 };

const SHOWN: Readonly<Record<Family, string>> = { ipv4: 'IPv4', ipv6: 'IPv6' };

/** That no host may have as its own, RFC 6890. */
const specialUse: readonly (readonly [string, string])[] = [
  ['0.0.0.0/8', 'which stand for "this network"'],
  ['127.0.0.0/8', 'of the loopback'],
  ['169.254.0.0/16', 'of one link'],
  ['224.0.0.0/4', 'of multicast'],
  ['240.0.0.0/4', 'which are reserved'],
  ['::/127', 'of the loopback'],
  ['::ffff:0:0/96', 'which stand for those of IPv4'],
  ['fe80::/10', 'of one link'],
  ['ff00::/8', 'of multicast'],
];

const faultOf = (range: Cidr | undefined, roomFor: 'pod' | 'service'): string | undefined => {
  if (range === undefined) return 'is no network such as 10.22.3.0/24';
  const longest = LONGEST_PREFIX[range.family];
  if (roomFor === 'pod' && range.prefixLength > longest) {
    return `has no room for a pod: an ${SHOWN[range.family]} range has a prefix of at most /${longest}`;
  }
  const special = specialUse.find(([text]) => {
    const other = parseCidr(text);
    return other !== undefined && cidrsOverlap(other, range);
  });
  return special && `holds addresses ${special[1]} (${special[0]})`;
};

export interface RangeFault {
  /** Of the range, in the list. */
  readonly index: number;
  readonly message: string;
}

const rangeFaults = (cidrs: readonly string[], of: 'pod' | 'service'): readonly RangeFault[] => {
  const ranges = cidrs.map(parseCidr);
  return ranges.flatMap((range, index): readonly RangeFault[] => {
    const message = faultOf(range, of);
    if (message !== undefined) return [{ index, message }];
    const first = ranges.findIndex((other) => other?.family === range?.family);
    if (first === index || range === undefined) return [];
    const other = ranges[first];
    const how = other !== undefined && cidrsOverlap(other, range) ? ` and overlaps ${cidrs[first]}` : '';
    return [
      { index, message: `is a second ${SHOWN[range.family]} range${how}: a ${of} has one address of each family` },
    ];
  });
};

/** Of the range of services' addresses, which may be of IPv6 alone. @param podCIDRs as far as they are known */
export const serviceRangeFaults = (cidrs: readonly string[], podCIDRs: readonly string[]): readonly RangeFault[] => [
  ...rangeFaults(cidrs, 'service'),
  ...cidrs.flatMap((text, index) => {
    const range = parseCidr(text);
    const pods = podCIDRs.find((cidr) => {
      const other = parseCidr(cidr);
      return range !== undefined && other !== undefined && cidrsOverlap(range, other);
    });
    return pods === undefined ? [] : [{ index, message: `overlaps ${pods}, which pods have` }];
  }),
];

/** Of the ranges of pods' addresses. A list that is empty has no fault: the range comes from elsewhere. */
export const podRangeFaults = (cidrs: readonly string[]): readonly RangeFault[] => {
  const ranges = cidrs.map(parseCidr);
  const faults = rangeFaults(cidrs, 'pod');
  if (faults.length > 0 || ranges.length === 0 || ranges.some((range) => range?.family === 'ipv4')) return faults;
  return [{ index: 0, message: 'is of IPv6 alone: a network of Docker always has an IPv4 range too' }];
};

/** RFC 791 and 8200: what every host takes whole, and what every link carries. */
const SMALLEST_MTU: Readonly<Record<Family, number>> = { ipv4: 576, ipv6: 1280 };

/** @param families of the pods' ranges */
export const mtuFault = (mtu: number, families: readonly Family[]): string | undefined => {
  const family = (['ipv6', 'ipv4'] as const).find((f) => families.includes(f) && mtu < SMALLEST_MTU[f]);
  return family && `must be at least ${SMALLEST_MTU[family]} with ${SHOWN[family]}, not ${mtu}`;
};

const RESERVED: Readonly<Record<string, string>> = {
  all: 'stands for every interface in /proc/sys/net',
  default: 'stands for every new interface in /proc/sys/net',
  docker0: "is the bridge of Docker's own network, which goes",
  lo: 'is the loopback',
  none: 'stands for no bridge at all in daemon.json',
};

/** dev_valid_name() in the kernel's net/core/dev.c, without what `ip`, iptables and sysctl read as something else. */
export const bridgeNameFault = (name: string): string | undefined => {
  if (RESERVED[name] !== undefined) return `must be another name: ${name} ${RESERVED[name]}`;
  if (name.length > 15) return `must be of at most 15 characters, not ${name.length}`;
  return /^[A-Za-z0-9_][-A-Za-z0-9_.]*$/.test(name)
    ? undefined
    : `must be made of letters, digits, "-", "_" and ".", not ${JSON.stringify(name)}`;
};
