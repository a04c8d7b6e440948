import { isMap, type Json } from '../../host/json-value.ts';
import type { EngineState } from '../../runtime/docker/engine-state.ts';
import type { NetworkSpec } from '../resources.ts';
import type { Attachment } from './attachment.ts';

/** Keys of daemon.json as bootlet has them; undefined: the key may not be there. */
export type WantedKeys = ReadonlyMap<string, Json | undefined>;

type Keys = Readonly<Record<string, Json>>;

export interface WantedInput {
  readonly spec: NetworkSpec;
  readonly attachment: Attachment;
  /** `network.docker.options` */
  readonly options: Keys;
  /** Of the file as it is. */
  readonly present: Keys;
  /** Keys of it that bootlet has set. */
  readonly owned: ReadonlySet<string>;
  /** Undefined: it does not run. */
  readonly engine: EngineState | undefined;
  /** The most open files that dockerd itself may have; undefined: not known. */
  readonly openFiles: number | undefined;
  /** Whether systemd runs the host. */
  readonly hasSystemd: boolean;
  /** What proxies are never asked for: networks and names. */
  readonly noProxy: readonly string[];
}

/** As the kubelet's own. */
const LOG_LIMITS = { 'max-size': '10m', 'max-file': '5' };
const OPEN_FILES = 1_048_576;
const CGROUP_DRIVER = 'native.cgroupdriver=';

/** Docker takes `proxies` in its file from this version on. */
export const hasProxiesKey = ({ version }: Pick<EngineState, 'version'>): boolean => Number.parseInt(version, 10) >= 23;

const attachmentKeys = (
  { ranges, bridge }: NetworkSpec,
  attachment: Attachment,
): readonly [string, Json | undefined][] => {
  const ipv4 = ranges.find(({ family }) => family === 'ipv4');
  const ipv6 = ranges.find(({ family }) => family === 'ipv6');
  // Options of a network that Docker's own is not: they stay as they are.
  if (attachment === 'own') return [['bridge', undefined]];
  const isBip = attachment === 'bip' && ipv4 !== undefined;
  return [
    // `bridge` and `bip` exclude each other: bip is the address of docker0.
    ['bridge', isBip ? undefined : bridge.name],
    ['bip', isBip ? `${ipv4.gateway}/${ipv4.prefixLength}` : undefined],
    ['fixed-cidr', undefined],
    ['default-gateway', undefined],
    ['default-gateway-v6', undefined],
    ['ipv6', ipv6 === undefined ? undefined : true],
    ['fixed-cidr-v6', ipv6?.cidr],
    ['mtu', bridge.mtu],
  ];
};

/** Swarm mode and live-restore refuse each other. A dockerd that is not there cannot say. */
const liveRestore = ({ engine, options, present }: WantedInput): Json | undefined => {
  if (engine?.isInSwarm) return undefined;
  if (engine === undefined) return options['live-restore'] ?? present['live-restore'] ?? true;
  return options['live-restore'] ?? true;
};

const textsOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

/** What is set only where neither the user nor the file says anything; once set it stays as it is in the file. */
const defaults = (input: WantedInput): readonly (readonly [string, Json])[] => {
  const { options, present, owned, engine, openFiles = 0, hasSystemd } = input;
  const logDriver = options['log-driver'] ?? present['log-driver'] ?? 'json-file';
  const limit = Math.min(OPEN_FILES, openFiles);
  const isUnfit = hasSystemd && engine?.cgroupVersion === '2' && engine.cgroupDriver === 'cgroupfs';
  const execOptions = textsOf(present['exec-opts']).filter((option) => !String(option).startsWith(CGROUP_DRIVER));
  const fresh = new Map<string, Json | undefined>([
    ['log-opts', present['log-opts'] === undefined ? LOG_LIMITS : undefined],
    [
      'default-ulimits',
      present['default-ulimits'] === undefined && limit > 0
        ? { nofile: { Name: 'nofile', Hard: limit, Soft: limit } }
        : undefined,
    ],
    ['exec-opts', isUnfit ? [...execOptions, `${CGROUP_DRIVER}systemd`] : undefined],
  ]);
  if (logDriver !== 'json-file') fresh.delete('log-opts');
  return [...fresh].flatMap(([key, value]): [string, Json][] => {
    const said = owned.has(key) ? present[key] : undefined;
    const wanted = said ?? value;
    return wanted === undefined ? [] : [[key, wanted]];
  });
};

/** The user's, and whatever must not go through them besides. */
export const wantedProxies = (
  options: Keys,
  noProxy: readonly string[],
): Readonly<Record<string, string>> | undefined => {
  const { proxies } = options;
  if (!isMap(proxies)) return undefined;
  const given = Object.entries(proxies).map(([name, value]): [string, string] => [name, String(value)]);
  const own = given.find(([name]) => name === 'no-proxy')?.[1].split(',') ?? [];
  const never = [...new Set([...own.map((name) => name.trim()).filter((name) => name !== ''), ...noProxy])];
  return { ...Object.fromEntries(given), 'no-proxy': never.join(',') };
};

const proxiesKey = ({ options, present, engine, noProxy }: WantedInput): readonly [string, Json | undefined][] => {
  const proxies = wantedProxies(options, noProxy);
  if (proxies === undefined) return [];
  if (engine === undefined) return [['proxies', present['proxies']]];
  return hasProxiesKey(engine) ? [['proxies', proxies]] : [];
};

/** The options that bootlet sets, the user's laid over its own. */
export const wantedKeys = (input: WantedInput): WantedKeys => {
  const { spec, attachment, options } = input;
  const { proxies: _, ...chosen } = options;
  return new Map<string, Json | undefined>([
    ...attachmentKeys(spec, attachment),
    ['iptables', false],
    ['ip6tables', false],
    ['ip-masq', false],
    ['userland-proxy', false],
    ...defaults(input),
    ...Object.entries(chosen),
    ['live-restore', liveRestore(input)],
    ...proxiesKey(input),
  ]);
};
