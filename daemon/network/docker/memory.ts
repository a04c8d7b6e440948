import { isMap, type Json } from '../../host/json-value.ts';
import { StateFile } from '../../host/state-file.ts';
import type { JoinedContainer } from '../../runtime/docker/joined-containers.ts';
import type { OwnNetwork } from '../../runtime/docker/own-network.ts';

/** What bootlet must still know of Docker's options after it was cut anywhere; beside the ledger. */
export interface DockerMemory {
  /** The last daemon.json with which dockerd was seen to run, for the way back; null: it ran without one. */
  readonly good?: string | null;
  /** The last that bootlet wrote there: what is in it besides is somebody else's. */
  readonly written?: string | null;
  /** What a dockerd read when it was started or told to read again, by its process. */
  readonly loaded?: { readonly process: string; readonly keys: Readonly<Record<string, Json>> };
  /** Its end was not seen. */
  readonly restarting?: Restart;
  /** When it was restarted lately, so that a daemon that ends with each try does not restart it without end; ms since the epoch. */
  readonly restarts?: readonly number[];
  /** What was tried last in vain. */
  readonly failed?: Failure;
  /** The network of bootlet's that another one takes the place of. */
  readonly replaced?: Replaced;
}

export interface Replaced {
  readonly network: OwnNetwork;
  /** Of others: to be on its successor as they were on it. */
  readonly containers: readonly JoinedContainer[];
}

/** What is remembered before a write. */
export type WriteNote = Pick<DockerMemory, 'good' | 'loaded'>;

/** What is made of Docker: by it one that failed is known again. */
export interface Attempt {
  /** Of daemon.json. */
  readonly text: string | null;
  /** The network that is to come of it. */
  readonly network: string;
}

export interface Restart extends Attempt {
  /** dockerd did not come back: it has to be started with what was good before. */
  readonly isBack: boolean;
}

/** What is not tried again while that dockerd runs. */
export interface Failure extends Attempt {
  readonly message: string;
  /** The one that runs since, with what was good before; absent: it is not known yet. */
  readonly process?: string;
}

const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';

const isLoaded = (value: unknown): boolean =>
  isMap(value) && typeof value['process'] === 'string' && isMap(value['keys']);

const isAttempt = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isMap(value) && isTextOrNull(value['text']) && typeof value['network'] === 'string';

const isRestart = (value: unknown): boolean => isAttempt(value) && typeof value['isBack'] === 'boolean';

const isFailure = (value: unknown): boolean =>
  isAttempt(value) && typeof value['message'] === 'string' && ['undefined', 'string'].includes(typeof value['process']);

const areTimes = (value: unknown): boolean => Array.isArray(value) && value.every((at) => typeof at === 'number');

const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every((text) => typeof text === 'string');

const isSubnet = (value: unknown): boolean =>
  isMap(value) && typeof value['subnet'] === 'string' && typeof value['gateway'] === 'string';

const isJoined = (value: unknown): boolean =>
  isMap(value) && typeof value['id'] === 'string' && typeof value['name'] === 'string' && areTexts(value['aliases']);

const isReplaced = (value: unknown): boolean => {
  if (!isMap(value) || !isMap(value['network'])) return false;
  const { network, containers } = value;
  return (
    typeof network['bridgeName'] === 'string' &&
    ['undefined', 'number'].includes(typeof network['mtu']) &&
    Array.isArray(network['subnets']) &&
    network['subnets'].every(isSubnet) &&
    Array.isArray(containers) &&
    containers.every(isJoined)
  );
};

/** Each part may be missing, and none be of another type: only bootlet writes it. */
const isMemory = (json: unknown): json is DockerMemory => {
  if (!isMap(json)) return false;
  const { good, written, loaded, restarting, restarts, failed, replaced } = json;
  return (
    (good === undefined || isTextOrNull(good)) &&
    (written === undefined || isTextOrNull(written)) &&
    (loaded === undefined || isLoaded(loaded)) &&
    (restarting === undefined || isRestart(restarting)) &&
    (restarts === undefined || areTimes(restarts)) &&
    (failed === undefined || isFailure(failed)) &&
    (replaced === undefined || isReplaced(replaced))
  );
};

/** Its file in the state folder. */
export const DOCKER_MEMORY = 'docker.json';

export const dockerMemory = (path: string): StateFile<DockerMemory> =>
  new StateFile({
    path,
    parse: (json) => (isMemory(json) ? json : undefined),
    withoutIt: 'the last daemon.json that worked is then no longer known',
  });
