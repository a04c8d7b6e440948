import { BootletError } from '../../errors.ts';
import type { DockerEngine } from './engine.ts';
import { type Fields, fieldsOf, itemsOf, numberIn, objectIn, stringIn, textOf } from './json.ts';

/** A network of Docker's that is on a bridge of the host. */
export interface BridgeNetwork {
  readonly id: string;
  readonly name: string;
  /** The interface that it is on. */
  readonly bridgeName: string;
  /** One per family. The gateway is undefined where Docker leaves it to the bridge's address. */
  readonly subnets: readonly { readonly subnet: string; readonly gateway: string | undefined }[];
  /** That its containers get. */
  readonly mtu: number | undefined;
  /** Whether Docker masquerades what it sends elsewhere, with `iptables` on; its own network has a key of its own for that. */
  readonly isMasqueraded: boolean;
  /** Made by bootlet. */
  readonly isOwn: boolean;
}

/** Docker's own network, which it makes as it starts; containers are on it where nobody says otherwise. */
export const DEFAULT_NETWORK = 'bridge';

/** Docker's own bridge: dockerd calls it so where it was told nothing of it. */
export const DOCKER_BRIDGE = 'docker0';

/** By this label a network is known to be bootlet's. */
export const OWN_LABEL = 'io.bootlet.network';

/** Options of a network (moby libnetwork/drivers/bridge/labels.go, libnetwork/netlabel). */
export const NETWORK_OPTION = {
  bridgeName: 'com.docker.network.bridge.name',
  masquerade: 'com.docker.network.bridge.enable_ip_masquerade',
  mtu: 'com.docker.network.driver.mtu',
} as const;

/** @throws BootletError E_RUNTIME_UNAVAILABLE, E_RUNTIME_REFUSED, E_TIMEOUT */
export const bridgeNetworks = async (engine: Pick<DockerEngine, 'call'>): Promise<readonly BridgeNetwork[]> => {
  const query = { filters: JSON.stringify({ driver: ['bridge'] }) };
  const { body } = await engine.call({ method: 'GET', path: '/networks', query });
  return itemsOf(body, 'the networks').map((item) => bridgeNetworkOf(fieldsOf(item, 'a network')));
};

/** Docker's own; undefined where dockerd has none (`bridge: none`). @throws as `bridgeNetworks` */
export const defaultNetwork = async (engine: Pick<DockerEngine, 'call'>): Promise<BridgeNetwork | undefined> =>
  (await bridgeNetworks(engine)).find(({ name }) => name === DEFAULT_NETWORK);

/** The network that is on this bridge; there is never more than one. @throws as `bridgeNetworks` */
export const networkOn = async (
  engine: Pick<DockerEngine, 'call'>,
  bridge: string,
): Promise<BridgeNetwork | undefined> => (await bridgeNetworks(engine)).find(({ bridgeName }) => bridgeName === bridge);

/**
 * The name of the network that a pod is put on.
 * @param bridge undefined: whichever Docker has of itself
 * @throws BootletError E_RUNTIME_REFUSED while Docker has none on it; as `bridgeNetworks`
 */
export const podNetworkName = async (
  engine: Pick<DockerEngine, 'call'>,
  bridge: string | undefined,
): Promise<string> => {
  if (bridge === undefined) return DEFAULT_NETWORK;
  const network = await networkOn(engine, bridge);
  if (network === undefined) throw new BootletError('E_RUNTIME_REFUSED', `Docker has no network on ${bridge}`);
  return network.name;
};

/** Ids of the running containers that are on it; none where it is gone. @throws as `bridgeNetworks` */
export const containersOn = async (engine: Pick<DockerEngine, 'call'>, id: string): Promise<readonly string[]> => {
  const { status, body } = await engine.call({ method: 'GET', path: `/networks/${id}`, expect: [404] });
  return status === 404 ? [] : Object.keys(objectIn(fieldsOf(body, 'the network'), 'Containers'));
};

/** What Docker lists of a network of the driver bridge. */
export const bridgeNetworkOf = (network: Fields): BridgeNetwork => {
  const configs = itemsOf(objectIn(network, 'IPAM')['Config'] ?? [], 'IPAM.Config');
  const subnets = configs.map((item) => {
    const config = fieldsOf(item, 'IPAM.Config');
    return { subnet: stringIn(config, 'Subnet'), gateway: textOf(config, 'Gateway') || undefined };
  });
  const [id, name] = [stringIn(network, 'Id'), stringIn(network, 'Name')];
  const options = objectIn(network, 'Options');
  const mtu = textOf(options, NETWORK_OPTION.mtu);
  // moby libnetwork/drivers/bridge: parseNetworkOptions
  const unnamed = name === DEFAULT_NETWORK ? DOCKER_BRIDGE : `br-${id.slice(0, 12)}`;
  return {
    id,
    name,
    bridgeName: textOf(options, NETWORK_OPTION.bridgeName) ?? unnamed,
    subnets,
    mtu: mtu === undefined ? undefined : Number(mtu),
    isMasqueraded:
      name === DEFAULT_NETWORK ||
      (network['Internal'] !== true && textOf(options, NETWORK_OPTION.masquerade) !== 'false'),
    isOwn: Object.hasOwn(objectIn(network, 'Labels'), OWN_LABEL),
  };
};

/** Where a container's own network is. */
export interface ContainerNetns {
  /** Path of its network namespace, `/var/run/docker/netns/…`; '' before it has one. */
  readonly sandboxKey: string;
  /** Of its first process; 0 when it does not run. */
  readonly pid: number;
}

/** Undefined where there is no such container. @throws as `bridgeNetworks` */
export const containerNetns = async (
  engine: Pick<DockerEngine, 'call'>,
  id: string,
): Promise<ContainerNetns | undefined> => {
  const { status, body } = await engine.call({ method: 'GET', path: `/containers/${id}/json`, expect: [404] });
  if (status === 404) return undefined;
  const container = fieldsOf(body, 'the container');
  return {
    sandboxKey: textOf(objectIn(container, 'NetworkSettings'), 'SandboxKey') ?? '',
    pid: numberIn(objectIn(container, 'State'), 'Pid'),
  };
};
