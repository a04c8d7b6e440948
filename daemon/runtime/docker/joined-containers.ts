import type { DockerEngine } from './engine.ts';
import { fieldsOf, objectIn, stringIn, stringsIn, textOf } from './json.ts';
import { OWN_NETWORK } from './own-network.ts';
import { isForeign, listedContainers } from './running-containers.ts';

/** A container of somebody else's that is on the network of bootlet's. */
export interface JoinedContainer {
  readonly id: string;
  readonly name: string;
  /** Names that others on the network know it by. */
  readonly aliases: readonly string[];
}

/** Ids of containers on a network that are none of bootlet's, also of those that do not run. @throws BootletError E_RUNTIME_UNAVAILABLE, E_RUNTIME_REFUSED, E_TIMEOUT */
export const othersOn = async (engine: Pick<DockerEngine, 'call'>, network: string): Promise<readonly string[]> => {
  const query = { all: true, filters: JSON.stringify({ network: [network] }) };
  const { body } = await engine.call({ method: 'GET', path: '/containers/json', query });
  return listedContainers(body)
    .filter(isForeign)
    .map((entry) => stringIn(entry, 'Id'));
};

/** How it is on the network of bootlet's; undefined where it is gone. @throws as `othersOn` */
export const joinedContainer = async (
  engine: Pick<DockerEngine, 'call'>,
  id: string,
): Promise<JoinedContainer | undefined> => {
  const { status, body } = await engine.call({ method: 'GET', path: `/containers/${id}/json`, expect: [404] });
  if (status === 404) return undefined;
  const container = fieldsOf(body, 'the container');
  const networks = objectIn(objectIn(container, 'NetworkSettings'), 'Networks');
  const name = (textOf(container, 'Name') ?? id).replace(/^\//, '');
  return { id, name, aliases: stringsIn(objectIn(networks, OWN_NETWORK), 'Aliases') };
};

/** Nothing where it is on it already (403), or gone. Its address is another one than it had. @throws as `othersOn` */
export const joinOwnNetwork = async (
  engine: Pick<DockerEngine, 'call'>,
  { id, aliases }: JoinedContainer,
): Promise<void> => {
  const body = { Container: id, EndpointConfig: { Aliases: aliases } };
  await engine.call({ method: 'POST', path: `/networks/${OWN_NETWORK}/connect`, body, expect: [403, 404] });
};
