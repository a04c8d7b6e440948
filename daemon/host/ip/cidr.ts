import ipaddr from 'ipaddr.js';

export type Family = 'ipv4' | 'ipv6';

/** A network, or one address with all bits of its family. */
export interface Cidr {
  readonly family: Family;
  /** Its first address. */
  readonly network: string;
  readonly prefixLength: number;
}

type Parsed = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

const BITS = { ipv4: 32, ipv6: 128 } as const;

const parsed = ({ network, prefixLength }: Cidr): Parsed => [ipaddr.parse(network), prefixLength];

/** Reads `10.1.2.3/8`, `fd00::/64`, or one address; bits beyond the prefix are dropped. Undefined for anything else. */
export const parseCidr = (text: string): Cidr | undefined => {
  const [address = '', bits, ...rest] = text.split('/');
  if (rest.length > 0 || !ipaddr.isValid(address) || address.includes('%')) return undefined;
  const ip = ipaddr.parse(address);
  const family = ip.kind();
  if (family === 'ipv4' && !ipaddr.IPv4.isValidFourPartDecimal(address)) return undefined;
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) return undefined;
  const prefixLength = bits === undefined ? BITS[family] : Number(bits);
  if (prefixLength > BITS[family]) return undefined;
  const of = `${ip.toString()}/${prefixLength}`;
  const network = (family === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6).networkAddressFromCIDR(of).toString();
  return { family, network, prefixLength };
};

/** As the kernel and the packet filter write it: 10.0.0.0/8. */
export const showCidr = ({ network, prefixLength }: Cidr): string => `${network}/${prefixLength}`;

/** Whether all of `inner` is in `outer`. */
export const containsCidr = (outer: Cidr, inner: Cidr): boolean => {
  if (outer.family !== inner.family || outer.prefixLength > inner.prefixLength) return false;
  return parsed(inner)[0].match(...parsed(outer));
};

/** Whether the address, as text, is in the network. */
export const containsAddress = (network: Cidr, address: string): boolean => {
  const one = parseCidr(address);
  return one !== undefined && containsCidr(network, one);
};

/** Two networks overlap when one is in the other. */
export const cidrsOverlap = (a: Cidr, b: Cidr): boolean => containsCidr(a, b) || containsCidr(b, a);

/** The address after the network's own: what the bridge has. */
export const firstAddressOf = ({ network }: Cidr): string => {
  const bytes = ipaddr.parse(network).toByteArray();
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) + 1;
  return ipaddr.fromByteArray(bytes).toString();
};
