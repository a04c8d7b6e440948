import { unless } from '../../host/missing.ts';
import { containerNetns, containersOn, networkOn } from './bridge-network.ts';
import type { DockerEngine } from './engine.ts';

/** The codes of what is thrown while Docker does not answer. */
export const NO_ANSWER = ['E_RUNTIME_UNAVAILABLE', 'E_TIMEOUT'];

/**
 * Paths of the network namespaces of the containers that Docker has on its network on `bridge`; none where it has none
 * there. Undefined while Docker does not answer.
 * @throws BootletError E_RUNTIME_REFUSED
 */
export const sandboxesOn = async (
  engine: Pick<DockerEngine, 'call'>,
  bridge: string,
): Promise<readonly string[] | undefined> => unless(NO_ANSWER, pathsOn(engine, bridge));

/**
 * The subnets of Docker's network on `bridge`; none where it has none there. Undefined while Docker does not answer.
 * @throws as `sandboxesOn`
 */
export const subnetsOn = async (
  engine: Pick<DockerEngine, 'call'>,
  bridge: string,
): Promise<readonly string[] | undefined> =>
  unless(
    NO_ANSWER,
    networkOn(engine, bridge).then((network) => (network?.subnets ?? []).map(({ subnet }) => subnet)),
  );

const pathsOn = async (engine: Pick<DockerEngine, 'call'>, bridge: string): Promise<readonly string[]> => {
  const network = await networkOn(engine, bridge);
  if (network === undefined) return [];
  const all = await Promise.all((await containersOn(engine, network.id)).map((id) => containerNetns(engine, id)));
  return all.flatMap((netns) => netns?.sandboxKey || []);
};
