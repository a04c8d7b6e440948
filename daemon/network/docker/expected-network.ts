import ipaddr from 'ipaddr.js';
import { type BridgeNetwork, DOCKER_BRIDGE } from '../../runtime/docker/bridge-network.ts';
import type { NetworkSpec } from '../resources.ts';

/** Docker's network `bridge` as it shall be. */
export interface ExpectedNetwork {
  readonly bridgeName: string;
  /** Undefined: whichever it has, for it follows the host's links, and no restart is worth that. */
  readonly mtu: number | undefined;
  readonly gateways: readonly string[];
  /** Its subnets, in the same order. */
  readonly subnets: readonly string[];
}

/** @param followsMtu whether the MTU is that of something else, which may change at any time */
export const expectedNetwork = ({ ranges, bridge }: NetworkSpec, followsMtu: boolean): ExpectedNetwork => ({
  bridgeName: bridge.name,
  mtu: followsMtu ? undefined : bridge.mtu,
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
 * How dockerd's network differs: `made anew` is what a restart mends by itself; `remembered`: on the right bridge with
 * other addresses, which dockerd would put on that bridge again at its next start (moby#27263).
 */
export const networkDifference = (
  expected: ExpectedNetwork,
  actual: BridgeNetwork | undefined,
): 'none' | 'made anew' | 'remembered' => {
  if (actual === undefined || actual.bridgeName !== expected.bridgeName) return 'made anew';
  if (!hasAddresses(expected, actual)) return 'remembered';
  const isSameMtu = expected.mtu === undefined || actual.mtu === undefined || actual.mtu === expected.mtu;
  return isSameMtu ? 'none' : 'made anew';
};

/** `cbr0 10.22.3.1 mtu 1500` */
export const describeExpected = ({ bridgeName, gateways, mtu }: ExpectedNetwork): string =>
  `${bridgeName} ${gateways.join(' ')}${mtu === undefined ? '' : ` mtu ${mtu}`}`;

export const describeNetwork = (network: BridgeNetwork | undefined): string =>
  network === undefined
    ? 'none'
    : `${network.bridgeName} ${network.subnets.map(({ subnet, gateway }) => gateway ?? subnet).join(' ')} mtu ${network.mtu ?? '?'}`;
