import { type BridgeNetwork, bridgeNetworks, DEFAULT_NETWORK } from './bridge-network.ts';
import type { DockerEngine } from './engine.ts';
import { type Fields, fieldsOf, numberIn, objectIn, stringsIn, textOf } from './json.ts';
import { answeringWithin, unlessNoAnswer } from './no-answer.ts';

/** It counts its containers and images for it, and may be at the start of many. */
const STATE_MS = 10_000;

/** What a running dockerd says of its own options. */
export interface EngineState {
  /** 20.10.24, or a distribution's own: 26.1.5+dfsg1. */
  readonly version: string;
  readonly liveRestore: boolean;
  /** Part of a swarm, with which live-restore does not go. */
  readonly isInSwarm: boolean;
  /** Containers that run, or are paused. */
  readonly running: number;
  readonly cgroupDriver: string;
  readonly cgroupVersion: string;
  /** Registries and networks that it talks to without TLS. */
  readonly insecureRegistries: readonly string[];
  /** Each ends in a slash. */
  readonly registryMirrors: readonly string[];
  /** Its own network, that it makes as it starts. Undefined: it has none. */
  readonly bridge: BridgeNetwork | undefined;
  /** Those that somebody has made by its API. */
  readonly userNetworks: readonly BridgeNetwork[];
}

const insecureIn = (registries: Fields): readonly string[] => {
  const indexes = objectIn(registries, 'IndexConfigs');
  const hosts = Object.keys(indexes).filter((name) => objectIn(indexes, name)['Secure'] === false);
  return [...hosts, ...stringsIn(registries, 'InsecureRegistryCIDRs')];
};

const stateOf = (info: Fields, networks: readonly BridgeNetwork[]): EngineState => {
  const registries = objectIn(info, 'RegistryConfig');
  const swarm = textOf(objectIn(info, 'Swarm'), 'LocalNodeState') ?? '';
  return {
    version: textOf(info, 'ServerVersion') ?? '',
    liveRestore: info['LiveRestoreEnabled'] === true,
    isInSwarm: swarm !== '' && swarm !== 'inactive',
    running: numberIn(info, 'ContainersRunning') + numberIn(info, 'ContainersPaused'),
    cgroupDriver: textOf(info, 'CgroupDriver') ?? '',
    cgroupVersion: textOf(info, 'CgroupVersion') ?? '1',
    insecureRegistries: insecureIn(registries),
    registryMirrors: stringsIn(registries, 'Mirrors'),
    bridge: networks.find(({ name }) => name === DEFAULT_NETWORK),
    userNetworks: networks.filter(({ name }) => name !== DEFAULT_NETWORK),
  };
};

const seenState = async (engine: Pick<DockerEngine, 'call'>): Promise<EngineState> => {
  const [{ body }, networks] = await Promise.all([
    engine.call({ method: 'GET', path: '/info' }),
    bridgeNetworks(engine),
  ]);
  return stateOf(fieldsOf(body, 'the info'), networks);
};

/** Undefined while it does not answer, for as long as it is waited for. @throws BootletError E_RUNTIME_REFUSED */
export const engineState = (engine: Pick<DockerEngine, 'call'>, limitMs = STATE_MS): Promise<EngineState | undefined> =>
  unlessNoAnswer(seenState(answeringWithin(engine, limitMs)));
