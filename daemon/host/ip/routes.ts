import type { Family } from './cidr.ts';
import { type Fields, fieldsIn, listIn, numberIn, textIn } from './json.ts';

/** A unicast route of the main table; of one with several next hops, one of them. */
export interface Route {
  readonly family: Family;
  /** `default`, or a network such as 10.22.3.0/24; an address alone is one host. */
  readonly destination: string;
  readonly device: string | undefined;
  /** Undefined: its addresses are reached directly. */
  readonly gateway: string | undefined;
  /** Smaller is preferred. */
  readonly metric: number;
  /** Who made it: `kernel`, `static`, `dhcp`, `ra`, … */
  readonly protocol: string | undefined;
  /** Where it has one of its own. */
  readonly mtu: number | undefined;
}

/** `ip` tells no family with a route; only those of IPv6 have a preference (RFC 4191), which the kernel always names. */
const familyOf = (fields: Fields, destination: string): Family =>
  destination.includes(':') || fields['pref'] !== undefined ? 'ipv6' : 'ipv4';

/** What `ip -json -details route show table all` prints. */
export const routesIn = (list: readonly Fields[]): readonly Route[] =>
  list
    .filter((fields) => textIn(fields, 'table') === 'main')
    .flatMap((fields) => {
      const destination = textIn(fields, 'dst') ?? '';
      const hops = listIn(fields, 'nexthops');
      const [mtu] = listIn(fields, 'metrics').flatMap((metrics) => numberIn(metrics, 'mtu') ?? []);
      return (hops.length === 0 ? [fields] : hops).map((hop) => ({
        family: familyOf(fields, destination),
        destination,
        device: textIn(hop, 'dev'),
        gateway: textIn(hop, 'gateway') ?? viaOf(hop),
        metric: numberIn(fields, 'metric') ?? 0,
        protocol: textIn(fields, 'protocol'),
        mtu,
      }));
    });

/** The gateway of a route of IPv4 that is reached by IPv6. */
const viaOf = (hop: Fields): string | undefined => textIn(fieldsIn(hop, 'via'), 'host');
