import { type BridgeNetwork, bridgeNetworkOf, DEFAULT_NETWORK } from './bridge-network.ts';
import type { DockerEngine } from './engine.ts';
import { type Fields, fieldsOf, objectIn, stringsIn, textOf } from './json.ts';
import { type DockerNetwork, dockerNetworkOf, listNetworks } from './networks.ts';
import { answeringWithin, unlessNoAnswer } from './no-answer.ts';
import { type ForeignContainer, runningContainers } from './running-containers.ts';

/** It runs programs to answer with its info, and may be at the start of many containers. */
const STATE_MS = 10_000;

/** What a running dockerd says of itself: the same until it is started, or reads its file, anew, or joins a swarm. */
export interface EngineInfo {
  /** 20.10.24, or a distribution's own: 26.1.5+dfsg1. */
  readonly version: string;
  readonly liveRestore: boolean;
  /** Part of a swarm, with which live-restore does not go. */
  readonly isInSwarm: boolean;
  readonly cgroupDriver: string;
  readonly cgroupVersion: string;
  /** Registries and networks that it talks to without TLS. */
  readonly insecureRegistries: readonly string[];
  /** Each ends in a slash. */
  readonly registryMirrors: readonly string[];
}

/** What it has, besides. */
export interface EngineState extends EngineInfo {
  /** Containers that run, or are paused. */
  readonly running: number;
  readonly foreignContainers: readonly ForeignContainer[];
  /** Its own network, that it makes as it starts. Undefined: it has none. */
  readonly bridge: BridgeNetwork | undefined;
  /** Those that somebody has made by its API, on a bridge. */
  readonly userNetworks: readonly BridgeNetwork[];
  /** All of them. */
  readonly networks: readonly DockerNetwork[];
}

const insecureIn = (registries: Fields): readonly string[] => {
  const indexes = objectIn(registries, 'IndexConfigs');
  const hosts = Object.keys(indexes).filter((name) => objectIn(indexes, name)['Secure'] === false);
  return [...hosts, ...stringsIn(registries, 'InsecureRegistryCIDRs')];
};

const infoOf = (info: Fields): EngineInfo => {
  const registries = objectIn(info, 'RegistryConfig');
  const swarm = textOf(objectIn(info, 'Swarm'), 'LocalNodeState') ?? '';
  return {
    version: textOf(info, 'ServerVersion') ?? '',
    liveRestore: info['LiveRestoreEnabled'] === true,
    isInSwarm: swarm !== '' && swarm !== 'inactive',
    cgroupDriver: textOf(info, 'CgroupDriver') ?? '',
    cgroupVersion: textOf(info, 'CgroupVersion') ?? '1',
    insecureRegistries: insecureIn(registries),
    registryMirrors: stringsIn(registries, 'Mirrors'),
  };
};

const seenInfo = async (engine: Pick<DockerEngine, 'call'>): Promise<EngineInfo> => {
  const { body } = await engine.call({ method: 'GET', path: '/info' });
  return infoOf(fieldsOf(body, 'the info'));
};

const seenState = async (engine: Pick<DockerEngine, 'call'>, known: EngineInfo | undefined): Promise<EngineState> => {
  const [info, listed, { count, foreign }] = await Promise.all([
    known ?? seenInfo(engine),
    listNetworks(engine),
    runningContainers(engine),
  ]);
  const bridges = listed.filter((network) => textOf(network, 'Driver') === 'bridge').map(bridgeNetworkOf);
  return {
    ...info,
    running: count,
    foreignContainers: foreign,
    bridge: bridges.find(({ name }) => name === DEFAULT_NETWORK),
    userNetworks: bridges.filter(({ name }) => name !== DEFAULT_NETWORK),
    networks: listed.map(dockerNetworkOf),
  };
};

export interface StateOptions {
  /** 10 s by default. */
  readonly limitMs?: number | undefined;
  /** Of the same dockerd: it is not asked again. */
  readonly info?: EngineInfo | undefined;
}

/** Undefined while it does not answer, for as long as it is waited for. @throws BootletError E_RUNTIME_REFUSED */
export const engineState = (
  engine: Pick<DockerEngine, 'call'>,
  { limitMs = STATE_MS, info }: StateOptions = {},
): Promise<EngineState | undefined> => unlessNoAnswer(seenState(answeringWithin(engine, limitMs), info));
