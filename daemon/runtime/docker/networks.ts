import type { DockerEngine } from './engine.ts';
import { type Fields, fieldsOf, itemsOf, objectIn, stringIn, textOf } from './json.ts';

/** A network of Docker's, of whatever driver. */
export interface DockerNetwork {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  /** Its subnets, where Docker gives no other network of this host addresses of them (moby libnetwork/ipam: a pool of its address space). */
  readonly pools: readonly string[];
}

/** As Docker lists them. @throws BootletError E_RUNTIME_UNAVAILABLE, E_RUNTIME_REFUSED, E_TIMEOUT */
export const listNetworks = async (engine: Pick<DockerEngine, 'call'>): Promise<readonly Fields[]> => {
  const { body } = await engine.call({ method: 'GET', path: '/networks' });
  return itemsOf(body, 'the networks').map((item) => fieldsOf(item, 'a network'));
};

export const dockerNetworkOf = (network: Fields): DockerNetwork => {
  const ipam = objectIn(network, 'IPAM');
  // Networks of a swarm have an address space of their own, and so has each other driver of addresses.
  const isOfHost = textOf(network, 'Scope') === 'local' && textOf(ipam, 'Driver') === 'default';
  const configs = isOfHost ? itemsOf(ipam['Config'] ?? [], 'IPAM.Config') : [];
  return {
    id: stringIn(network, 'Id'),
    name: stringIn(network, 'Name'),
    driver: textOf(network, 'Driver') ?? '',
    pools: configs.flatMap((config) => textOf(config, 'Subnet') || []),
  };
};
