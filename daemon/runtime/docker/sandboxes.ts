import { unless } from '../../host/missing.ts';
import { containerNetns, inspectBridgeNetwork } from './bridge-network.ts';
import type { DockerEngine } from './engine.ts';

/**
 * Paths of the network namespaces of the containers that Docker has on its own network, where that one is on `bridge`;
 * none where it is on another. Undefined while Docker does not answer.
 * @throws BootletError E_RUNTIME_REFUSED
 */
export const sandboxesOn = async (
  engine: Pick<DockerEngine, 'call'>,
  bridge: string,
): Promise<readonly string[] | undefined> => unless(['E_RUNTIME_UNAVAILABLE', 'E_TIMEOUT'], pathsOn(engine, bridge));

/**
 * The subnets of Docker's own network, where that one is on `bridge`; none where it is on another. Undefined while Docker
 * does not answer.
 * @throws as `sandboxesOn`
 */
export const subnetsOn = async (
  engine: Pick<DockerEngine, 'call'>,
  bridge: string,
): Promise<readonly string[] | undefined> =>
  unless(
    ['E_RUNTIME_UNAVAILABLE'],
    inspectBridgeNetwork(engine).then((network) =>
      network?.bridgeName === bridge ? network.subnets.map(({ subnet }) => subnet) : [],
    ),
  );

const pathsOn = async (engine: Pick<DockerEngine, 'call'>, bridge: string): Promise<readonly string[]> => {
  const network = await inspectBridgeNetwork(engine);
  if (network?.bridgeName !== bridge) return [];
  const all = await Promise.all(network.containers.map((id) => containerNetns(engine, id)));
  return all.flatMap((netns) => netns?.sandboxKey || []);
};
