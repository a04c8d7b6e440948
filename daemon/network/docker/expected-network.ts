import ipaddr from 'ipaddr.js';
import { type BridgeNetwork, DEFAULT_NETWORK, DOCKER_BRIDGE } from '../../runtime/docker/bridge-network.ts';
import type { NetworkSpec } from '../resources.ts';

/** The network of Docker's that pods are on, as it shall be. */
export interface ExpectedNetwork {
  /** Docker's name of it. */
  readonly name: string;
  readonly bridgeName: string;
  readonly mtu: number;
  /** Whether another MTU will do, for it follows the host's links, and nothing is interrupted for that. */
  readonly followsMtu: boolean;
  readonly gateways: readonly string[];
  /** Its subnets, in the same order. */
  readonly subnets: readonly string[];
}

/** @param followsMtu whether the MTU is that of something else, which may change at any time */
export const expectedNetwork = (
  { ranges, bridge }: NetworkSpec,
  { followsMtu, name = DEFAULT_NETWORK }: { readonly followsMtu: boolean; readonly name?: string },
): ExpectedNetwork => ({
  name,
  bridgeName: bridge.name,
  mtu: bridge.mtu,
  followsMtu,
  gateways: ranges.map(({ gateway }) => gateway),
  subnets: ranges.map(({ cidr }) => cidr),
});

const same = (a: string, b: string | undefined): boolean =>
  b !== undefined && ipaddr.isValid(b) && ipaddr.parse(a).toString() === ipaddr.parse(b).toString();

const hasAddresses = ({ bridgeName, gateways, subnets }: ExpectedNetwork, actual: BridgeNetwork): boolean =>
  actual.subnets.length === gateways.length &&
  gateways.every((gateway, i) => {
    const subnet = subnets[i];
    const [address = '', length] = subnet?.split('/') ?? [];
    return actual.subnets.some((one) => {
      const [first, bits] = one.subnet.split('/');
      // Of a bridge that is its own, dockerd tells the subnet of IPv6 alone.
      const isToldNone = bridgeName === DOCKER_BRIDGE && one.gateway === undefined;
      return bits === length && same(address, first) && (isToldNone || same(gateway, one.gateway));
    });
  });

/**
 * How the network differs: `made anew` is what a restart mends by itself; `remembered`: on the right bridge with
 * other addresses, which dockerd would put on that bridge again at its next start (moby#27263).
 */
export const networkDifference = (
  expected: ExpectedNetwork,
  actual: BridgeNetwork | undefined,
): 'none' | 'made anew' | 'remembered' => {
  if (actual === undefined || actual.bridgeName !== expected.bridgeName) return 'made anew';
  if (!hasAddresses(expected, actual)) return 'remembered';
  const isSameMtu = expected.followsMtu || actual.mtu === undefined || actual.mtu === expected.mtu;
  return isSameMtu ? 'none' : 'made anew';
};

/** `cbr0 10.22.3.1 mtu 1500` */
export const describeExpected = ({ bridgeName, gateways, mtu, followsMtu }: ExpectedNetwork): string =>
  `${bridgeName} ${gateways.join(' ')}${followsMtu ? '' : ` mtu ${mtu}`}`;

export const describeNetwork = (network: BridgeNetwork | undefined): string =>
  network === undefined
    ? 'none'
    : `${network.bridgeName} ${network.subnets.map(({ subnet, gateway }) => gateway ?? subnet).join(' ')} mtu ${network.mtu ?? '?'}`;
