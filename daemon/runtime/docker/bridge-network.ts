import type { DockerEngine } from './engine.ts';
import { fieldsOf, itemsOf, numberIn, objectIn, stringIn, textOf } from './json.ts';

/** Docker's own network `bridge`, which containers are on that name no other. */
export interface BridgeNetwork {
  /** The interface that it is on: `docker0`, or what dockerd was told by `bridge`. */
  readonly bridgeName: string;
  /** One per family. The gateway is undefined where Docker leaves it to the bridge's address. */
  readonly subnets: readonly { readonly subnet: string; readonly gateway: string | undefined }[];
  /** That its containers get. */
  readonly mtu: number | undefined;
  /** Ids of the running containers that are on it. */
  readonly containers: readonly string[];
}

/** Docker's own bridge: dockerd calls it so where it was told nothing of it. */
export const DOCKER_BRIDGE = 'docker0';

/**
 * `GET /networks/bridge`; undefined where dockerd has none (`bridge: none`).
 * @throws BootletError E_RUNTIME_UNAVAILABLE, E_RUNTIME_REFUSED, E_TIMEOUT
 */
export const inspectBridgeNetwork = async (engine: Pick<DockerEngine, 'call'>): Promise<BridgeNetwork | undefined> => {
  const { status, body } = await engine.call({ method: 'GET', path: '/networks/bridge', expect: [404] });
  return status === 404 ? undefined : bridgeNetworkOf(body);
};

const bridgeNetworkOf = (body: unknown): BridgeNetwork => {
  const network = fieldsOf(body, 'the network bridge');
  const configs = itemsOf(objectIn(network, 'IPAM')['Config'] ?? [], 'IPAM.Config');
  const subnets = configs.map((item) => {
    const config = fieldsOf(item, 'IPAM.Config');
    return { subnet: stringIn(config, 'Subnet'), gateway: textOf(config, 'Gateway') || undefined };
  });
  const options = objectIn(network, 'Options');
  const mtu = textOf(options, 'com.docker.network.driver.mtu');
  return {
    bridgeName: textOf(options, 'com.docker.network.bridge.name') ?? DOCKER_BRIDGE,
    subnets,
    mtu: mtu === undefined ? undefined : Number(mtu),
    containers: Object.keys(objectIn(network, 'Containers')),
  };
};

/** Where a container's own network is. */
export interface ContainerNetns {
  /** Path of its network namespace, `/var/run/docker/netns/…`; '' before it has one. */
  readonly sandboxKey: string;
  /** Of its first process; 0 when it does not run. */
  readonly pid: number;
}

/** Undefined where there is no such container. @throws as `inspectBridgeNetwork` */
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
