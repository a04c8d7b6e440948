import { mtuFault } from '../../config/network-faults.ts';
import { BootletError } from '../../errors.ts';
import type { Family } from '../../host/ip/cidr.ts';
import type { HostNetwork } from '../../host/ip/host-network.ts';
import type { IsOwn } from './refusals.ts';

/** Of Ethernet, where nothing tells more. */
const USUAL = 1500;
/** What every IPv4 host takes whole (RFC 791). kubenet leaves smaller ones out too. */
const SMALLEST = 576;

export interface MtuInput {
  readonly host: HostNetwork;
  readonly families: readonly Family[];
  /** Of network.bridge.mtu; 0: none. */
  readonly configured: number;
  /** Of what carries pods between hosts. */
  readonly overlay: number | undefined;
  /** Of the bridge, as it is specified already. */
  readonly present: number | undefined;
  readonly isOwn: IsOwn;
}

/** Of the preferred default routes of each family, by all their next hops. */
const uplinkMtus = ({ host: { links, routes }, families, isOwn }: MtuInput): readonly number[] =>
  families.flatMap((family) => {
    const defaults = routes.filter((r) => r.family === family && r.destination === 'default' && !isOwn(r.device ?? ''));
    const best = Math.min(...defaults.map(({ metric }) => metric));
    return defaults
      .filter(({ metric }) => metric === best)
      .flatMap(({ device, mtu }) => {
        const ofLink = links.find(({ name }) => name === device)?.mtu;
        return ofLink === undefined ? [] : [Math.min(ofLink, mtu ?? ofLink)];
      });
  });

/** Of every interface by which some network may be reached: kubenet's rule, but for what has no address, such as veths. */
const addressedMtus = ({ host: { links }, isOwn }: MtuInput): readonly number[] =>
  links
    .filter(({ name, isUp, isLoopback, isPointToPoint, kind, addresses }) => {
      const isReachable = addresses.some(({ scope }) => scope === 'global');
      return isUp && isReachable && !isLoopback && !isPointToPoint && kind !== 'bridge' && !isOwn(name);
    })
    .map(({ mtu }) => mtu);

const followed = (input: MtuInput): number => {
  const uplinks = uplinkMtus(input);
  if (uplinks.length > 0) return Math.max(SMALLEST, Math.min(...uplinks));
  // An uplink that is away says nothing: the bridge, and Docker, must not change for it and back again.
  if (input.present !== undefined) return input.present;
  const addressed = addressedMtus(input);
  return addressed.length > 0 ? Math.max(SMALLEST, Math.min(...addressed)) : USUAL;
};

/**
 * Of the bridge: the configured one, the overlay's, or the uplink's. Not the smallest of all interfaces, as kubenet has it:
 * that is taken hostage by any tunnel, and the bridge itself is among them, so that it can only shrink.
 * @throws BootletError E_NETWORK_REFUSED where the ranges do not allow it
 */
export const mtuOf = (input: MtuInput): number => {
  const { configured, overlay, families } = input;
  const mtu = configured > 0 ? configured : (overlay ?? followed(input));
  const fault = mtuFault(mtu, families);
  if (fault === undefined) return mtu;
  const where =
    configured > 0 ? 'network.bridge.mtu' : `the MTU of the ${overlay === undefined ? 'uplink' : 'overlay'}`;
  throw new BootletError('E_NETWORK_REFUSED', `${where} ${fault}`, {
    hint: families.includes('ipv6')
      ? 'set network.bridge.mtu to 1280 or more, or leave the range of IPv6 out'
      : 'set network.bridge.mtu',
    retryable: false,
  });
};
