import { BootletError } from '../../errors.ts';
import { type BridgeNetwork, inspectBridgeNetwork } from './bridge-network.ts';
import type { DockerEngine } from './engine.ts';
import { type Fields, fieldsOf, numberIn, objectIn, stringsIn, textOf } from './json.ts';

/** What a running dockerd says of its own options. */
export interface EngineState {
  /** 20.10.24, or a distribution's own: 26.1.5+dfsg1. */
  readonly version: string;
  readonly liveRestore: boolean;
  /** Part of a swarm, with which live-restore does not go. */
  readonly isInSwarm: boolean;
  /** Containers that run. */
  readonly running: number;
  readonly cgroupDriver: string;
  readonly cgroupVersion: string;
  /** Registries and networks that it talks to without TLS. */
  readonly insecureRegistries: readonly string[];
  /** Each ends in a slash. */
  readonly registryMirrors: readonly string[];
  /** Undefined: it has none. */
  readonly bridge: BridgeNetwork | undefined;
}

const insecureIn = (registries: Fields): readonly string[] => {
  const indexes = objectIn(registries, 'IndexConfigs');
  const hosts = Object.keys(indexes).filter((name) => objectIn(indexes, name)['Secure'] === false);
  return [...hosts, ...stringsIn(registries, 'InsecureRegistryCIDRs')];
};

const stateOf = (info: Fields, bridge: BridgeNetwork | undefined): EngineState => {
  const registries = objectIn(info, 'RegistryConfig');
  const swarm = textOf(objectIn(info, 'Swarm'), 'LocalNodeState') ?? '';
  return {
    version: textOf(info, 'ServerVersion') ?? '',
    liveRestore: info['LiveRestoreEnabled'] === true,
    isInSwarm: swarm !== '' && swarm !== 'inactive',
    running: numberIn(info, 'ContainersRunning'),
    cgroupDriver: textOf(info, 'CgroupDriver') ?? '',
    cgroupVersion: textOf(info, 'CgroupVersion') ?? '1',
    insecureRegistries: insecureIn(registries),
    registryMirrors: stringsIn(registries, 'Mirrors'),
    bridge,
  };
};

/** Undefined while it does not answer. @throws BootletError E_RUNTIME_REFUSED, E_TIMEOUT */
export const engineState = async (engine: Pick<DockerEngine, 'call'>): Promise<EngineState | undefined> => {
  try {
    const [{ body }, bridge] = await Promise.all([
      engine.call({ method: 'GET', path: '/info' }),
      inspectBridgeNetwork(engine),
    ]);
    return stateOf(fieldsOf(body, 'the info'), bridge);
  } catch (error) {
    if (error instanceof BootletError && error.code === 'E_RUNTIME_UNAVAILABLE') return undefined;
    throw error;
  }
};
