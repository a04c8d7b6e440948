import { containerNetns, containersOn, networkOn } from './bridge-network.ts';
import type { DockerEngine } from './engine.ts';
import { answeringWithin, unlessNoAnswer } from './no-answer.ts';

/** Who asks has the bridge to put right, which does not wait for a Docker that starts or hangs. */
const ANSWER_MS = 1_000;

/**
 * Paths of the network namespaces of the containers that Docker has on its network on `bridge`; none where it has none
 * there. Undefined while Docker does not answer.
 * @throws BootletError E_RUNTIME_REFUSED
 */
export const sandboxesOn = (
  engine: Pick<DockerEngine, 'call'>,
  bridge: string,
  limitMs = ANSWER_MS,
): Promise<readonly string[] | undefined> => unlessNoAnswer(pathsOn(answeringWithin(engine, limitMs), bridge));

/**
 * The subnets of Docker's network on `bridge`; none where it has none there. Undefined while Docker does not answer.
 * @throws as `sandboxesOn`
 */
export const subnetsOn = async (
  engine: Pick<DockerEngine, 'call'>,
  bridge: string,
  limitMs = ANSWER_MS,
): Promise<readonly string[] | undefined> => {
  const network = networkOn(answeringWithin(engine, limitMs), bridge);
  return unlessNoAnswer(network.then((found) => (found?.subnets ?? []).map(({ subnet }) => subnet)));
};

const pathsOn = async (engine: Pick<DockerEngine, 'call'>, bridge: string): Promise<readonly string[]> => {
  const network = await networkOn(engine, bridge);
  if (network === undefined) return [];
  const all = await Promise.all((await containersOn(engine, network.id)).map((id) => containerNetns(engine, id)));
  return all.flatMap((netns) => netns?.sandboxKey || []);
};
