import type { DockerEngine } from './engine.ts';
import { INSTANCE_LABEL } from './identity.ts';
import { type Fields, fieldsOf, itemsOf, numberIn, objectIn, stringsIn, textOf } from './json.ts';

/** A running container that is none of bootlet's. */
export interface ForeignContainer {
  readonly name: string;
  /** Of the host, that Docker leads to it: `0.0.0.0:8080->80/tcp`, as `docker ps` shows them. */
  readonly ports: readonly string[];
  /** Names of the networks that it is on. */
  readonly networks: readonly string[];
}

export interface RunningContainers {
  /** Of all that run, are paused or between two starts. */
  readonly count: number;
  /** In the order of names. */
  readonly foreign: readonly ForeignContainer[];
}

/** Entries of `GET /containers/json`. @throws BootletError E_RUNTIME_REFUSED */
export const listedContainers = (body: unknown): readonly Fields[] =>
  itemsOf(body, 'the containers').map((item) => fieldsOf(item, 'a listed container'));

/** Whether an entry is none of bootlet's. */
export const isForeign = (entry: Fields): boolean => !Object.hasOwn(objectIn(entry, 'Labels'), INSTANCE_LABEL);

/** @throws BootletError E_RUNTIME_UNAVAILABLE, E_RUNTIME_REFUSED, E_TIMEOUT */
export const runningContainers = async (engine: Pick<DockerEngine, 'call'>): Promise<RunningContainers> => {
  const { body } = await engine.call({ method: 'GET', path: '/containers/json' });
  const listed = listedContainers(body);
  const foreign = listed
    .filter(isForeign)
    .map((entry) => ({
      name: (stringsIn(entry, 'Names')[0] ?? '').replace(/^\//, ''),
      ports: [...new Set(itemsOf(entry['Ports'] ?? [], 'the ports').flatMap(portOf))].sort(),
      networks: Object.keys(objectIn(objectIn(entry, 'NetworkSettings'), 'Networks')),
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
  return { count: listed.length, foreign };
};

/** None where the port is only exposed. */
const portOf = (item: unknown): readonly string[] => {
  const port = fieldsOf(item, 'a port');
  const [address, number] = [textOf(port, 'IP') ?? '', numberIn(port, 'PublicPort')];
  if (number === 0) return [];
  const host = address.includes(':') ? `[${address}]` : address;
  return [`${host}:${number}->${numberIn(port, 'PrivatePort')}/${textOf(port, 'Type') ?? ''}`];
};
