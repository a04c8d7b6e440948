import { parseCidr } from '../../daemon/host/ip/cidr.ts';
import type { HostNetwork } from '../../daemon/host/ip/host-network.ts';
import type { Link } from '../../daemon/host/ip/links.ts';
import type { Route } from '../../daemon/host/ip/routes.ts';

/** An interface of the machine that is up. @param addresses such as 192.168.1.5/24 */
export const aLink = (name: string, addresses: readonly string[] = [], more: Partial<Link> = {}): Link => ({
  index: 1,
  name,
  kind: undefined,
  mac: '02:00:00:00:00:01',
  mtu: 1500,
  isUp: true,
  isLoopback: name === 'lo',
  isPointToPoint: false,
  isPromiscuous: false,
  master: undefined,
  peerIndex: undefined,
  hairpin: undefined,
  bridge: undefined,
  addresses: addresses.map((text) => {
    const [address = '', prefixLength = ''] = text.split('/');
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    return { family, address, prefixLength: Number(prefixLength), scope: name === 'lo' ? 'host' : 'global' };
  }),
  ...more,
});

/** The host's end of a pair. */
export const aVeth = (name: string, more: Partial<Link> = {}): Link => aLink(name, [], { kind: 'veth', ...more });

export const aRoute = (destination: string, device: string, more: Partial<Route> = {}): Route => ({
  family: parseCidr(destination)?.family ?? 'ipv4',
  destination,
  device,
  gateway: undefined,
  metric: 0,
  protocol: 'kernel',
  mtu: undefined,
  ...more,
});

/** A host with one network card, in 192.168.1.0/24 and 2001:db8:1::/64. */
export const aHostNetwork = (more: Partial<HostNetwork> = {}): HostNetwork => ({
  links: [aLink('lo', ['127.0.0.1/8', '::1/128']), aLink('eth0', ['192.168.1.5/24', '2001:db8:1::5/64'])],
  routes: [
    aRoute('default', 'eth0', { gateway: '192.168.1.1', protocol: 'static' }),
    aRoute('192.168.1.0/24', 'eth0'),
    aRoute('default', 'eth0', { family: 'ipv6', gateway: 'fe80::1', protocol: 'ra' }),
    aRoute('2001:db8:1::/64', 'eth0'),
  ],
  ...more,
});
