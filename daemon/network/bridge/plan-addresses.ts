import ipaddr from 'ipaddr.js';
import type { Change } from '../host-setting.ts';
import type { BridgeChange } from './bridge-change.ts';
import { addressEntry } from './entries.ts';
import { addAddress } from './target.ts';

export const isIPv6 = (address: string): boolean => address.includes(':');

/**
 * Whether the one cannot be added beside the other, or goes with it: the kernel has an address of IPv6 once, whatever its
 * prefix, and takes the later addresses of a network of IPv4 away with the first.
 */
export const collides = (a: string, b: string): boolean => {
  if (isIPv6(a) !== isIPv6(b)) return false;
  if (isIPv6(a)) return a.split('/')[0] === b.split('/')[0];
  return networkOf(a) === networkOf(b);
};

const networkOf = (cidr: string): string =>
  `${ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()}/${cidr.split('/')[1]}`;

const show = (address: string): string => `${isIPv6(address) ? 'inet6' : 'inet'} ${address}`;

export const addressChange = (bridge: string, address: string) => ({
  object: `address ${address} on ${bridge}`,
  entry: addressEntry(bridge, address),
});

const removal = (bridge: string, address: string, ledger: Change['ledger']): BridgeChange => ({
  ...addressChange(bridge, address),
  before: show(address),
  after: undefined,
  ledger,
  commands: [{ kind: 'ip', args: ['address', 'delete', address, 'dev', bridge] }],
});

const addition = (bridge: string, address: string, ledger: Change['ledger']): BridgeChange => ({
  ...addressChange(bridge, address),
  before: undefined,
  after: show(address),
  ledger,
  commands: [addAddress(bridge, address)],
});

export interface AddressPlan {
  readonly bridge: string;
  /** As they are, in the kernel's order. */
  readonly seen: readonly string[];
  readonly wanted: readonly string[];
  /** Of those that are there. */
  readonly unwanted: readonly string[];
  /** What becomes of the ledger when one goes. */
  readonly removed: (address: string) => Change['ledger'];
  readonly added: Change['ledger'];
}

/** New addresses are added before old ones go, so that the bridge is never without: but for those that stand in their way. */
export const orderAddresses = (plan: AddressPlan): readonly BridgeChange[] => {
  const { bridge, seen, wanted, unwanted, removed, added } = plan;
  const isBehind = (address: string): boolean =>
    unwanted.some((other) => collides(other, address) && seen.indexOf(other) < seen.indexOf(address));
  const missing = wanted.filter((address) => !seen.includes(address) || isBehind(address));
  const going = seen.filter((address) => unwanted.includes(address) || missing.includes(address));
  const isInTheWay = (old: string): boolean => missing.some((address) => collides(address, old));
  // The last first: those of a network would go with its first.
  const removals = (list: readonly string[]) => list.toReversed().map((old) => removal(bridge, old, removed(old)));
  return [
    ...removals(going.filter(isInTheWay)),
    ...missing.map((address) => addition(bridge, address, added)),
    ...removals(going.filter((old) => !isInTheWay(old))),
  ];
};

/** What is left of an address that somebody else gave to the bridge. */
export const strangerOn = (bridge: string, address: string): BridgeChange => ({
  ...addressChange(bridge, address),
  before: show(address),
  after: undefined,
  ledger: { do: 'nothing' },
  advice: `${address} on ${bridge} is not bootlet's, and stays; ip address delete ${address} dev ${bridge} takes it away`,
  commands: [],
});
