import type { Link } from '../../host/ip/links.ts';
import { type Attributes, attributesOf } from './attributes.ts';

/** A bridge as it is. */
export interface ObservedBridge {
  /** Undefined: there is none of that name. */
  readonly attributes: Attributes | undefined;
  /** Of global scope, with the length of their prefixes, in the kernel's order: of IPv4 the first are preferred. */
  readonly addresses: readonly string[];
  /** Of those, bootlet's earlier ones that Docker's network is still in: containers have them as their gateway. */
  readonly gateways: readonly string[];
  readonly ports: readonly Link[];
  /** Host's ends of containers' interfaces that should be ports of the bridge, and are ports of none. */
  readonly orphans: readonly Link[];
  /** What a bridge that is made now begins with; undefined without IPv6. */
  readonly defaultAcceptRa: string | undefined;
}

/** @param acceptRa of the interface, or of new ones by default; undefined where there is none */
export const bridgeIn = (
  links: readonly Link[],
  name: string,
  acceptRa: (of: string) => string | undefined,
): Omit<ObservedBridge, 'orphans' | 'gateways'> => {
  const link = links.find((l) => l.name === name);
  const addresses = link?.addresses.filter(({ scope }) => scope === 'global') ?? [];
  return {
    attributes: link && attributesOf(link, acceptRa(name)),
    addresses: addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    ports: links.filter(({ master }) => master === name),
    defaultAcceptRa: acceptRa('default'),
  };
};
