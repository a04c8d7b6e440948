import ipaddr from 'ipaddr.js';
import type { HostPort } from '../../shared-resources.ts';
import type { Family } from '../resources.ts';

export const ANY = { ipv4: '0.0.0.0', ipv6: '::' } as const satisfies Record<Family, string>;

export const familyOf = (address: string): Family => ipaddr.parse(address).kind();

/** As the kernel prints it; an IPv4 address that is written as one of IPv6 is one of IPv4. */
export const plainAddress = (address: string): string => ipaddr.process(address).toString();

/** Where a host port leads to in one family; undefined: nowhere. */
export const targetIn = (family: Family, { hostIP, podIPs }: HostPort): string | undefined =>
  hostIP === '' || familyOf(hostIP) === family ? podIPs.find((ip) => familyOf(ip) === family) : undefined;

/** Whether it is asked for on the host's loopback address too: of IPv4, since of IPv6 the kernel routes none to a pod. */
export const isOnLoopback = (port: HostPort): boolean =>
  targetIn('ipv4', port) !== undefined && (isAny(port.hostIP) || ipaddr.parse(port.hostIP).range() === 'loopback');

export const isAny = (hostIP: string): boolean => hostIP === '' || Object.values<string>(ANY).includes(hostIP);
