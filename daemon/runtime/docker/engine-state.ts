import { BootletError } from '../../errors.ts';
import { type BridgeNetwork, bridgeNetworks, DEFAULT_NETWORK } from './bridge-network.ts';
import type { DockerEngine } from './engine.ts';
import { type Fields, fieldsOf, numberIn, objectIn, stringsIn, textOf } from './json.ts';

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

/** Undefined while it does not answer. @throws BootletError E_RUNTIME_REFUSED, E_TIMEOUT */
export const engineState = async (engine: Pick<DockerEngine, 'call'>): Promise<EngineState | undefined> => {
  try {
    const [{ body }, networks] = await Promise.all([
      engine.call({ method: 'GET', path: '/info' }),
      bridgeNetworks(engine),
    ]);
    return stateOf(fieldsOf(body, 'the info'), networks);
  } catch (error) {
    if (error instanceof BootletError && error.code === 'E_RUNTIME_UNAVAILABLE') return undefined;
    throw error;
  }
};
