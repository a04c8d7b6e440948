import { isDeepStrictEqual } from 'node:util';
import { editJson } from './edit-json.ts';
import { describeExpected, describeNetwork, networkDifference } from './expected-network.ts';
import type { Failure } from './memory.ts';
import { RELOADED } from './reloaded-keys.ts';
import { type DockerChange, fileWriter, ofDockerd, type PlanInput, type WriteFile } from './steps.ts';

/** By these dockerd makes its network, which it does only while no container runs (moby initNetworkController). */
const OF_NETWORK: ReadonlySet<string> = new Set(['bridge', 'bip', 'fixed-cidr', 'fixed-cidr-v6', 'ipv6', 'mtu']);

/** By these it treats the packets of its networks. */
const OF_PACKETS = [
  'iptables',
  'ip6tables',
  'ip-masq',
  'userland-proxy',
  'icc',
  'default-gateway',
  'default-gateway-v6',
];

/** How the running dockerd differs from what it shall be. */
interface Difference {
  /** Keys that it only has to read again. */
  readonly reloaded: readonly string[];
  /** What it has to be started anew for, in words. */
  readonly restartFor: readonly string[];
  /** It has to make its network anew, which takes its containers down. */
  readonly isNetwork: boolean;
  /** Pods have to wait until it is gone. */
  readonly concernsPods: boolean;
  /** It would put other addresses on the bridge. */
  readonly isRemembered: boolean;
}

const differenceOf = (input: PlanInput): Difference => {
  const { file, target, expect, engine, process, loaded = file.keys } = input;
  const keys = target.compared.filter((key) => !isDeepStrictEqual(loaded[key], target.keys[key]));
  // A key that goes keeps its value until the next start.
  const reloaded = keys.filter((key) => RELOADED.has(key) && key in target.keys && process !== undefined);
  const restarted = keys.filter((key) => !reloaded.includes(key));
  const network = expect === undefined || engine === undefined ? 'none' : networkDifference(expect, engine.bridge);
  const named = network === 'none' || expect === undefined ? [] : [`the network ${describeExpected(expect)}`];
  const isNetwork = network !== 'none' || restarted.some((key) => OF_NETWORK.has(key));
  return {
    reloaded,
    restartFor: [...restarted, ...named],
    isNetwork,
    concernsPods: engine === undefined || isNetwork || restarted.some((key) => OF_PACKETS.includes(key)),
    isRemembered: network === 'remembered',
  };
};

const reload = (keys: readonly string[], failure: Failure): DockerChange =>
  ofDockerd(`has another ${keys.join(', ')}`, `reads its file again, for ${keys.join(', ')}`, {
    do: 'reload',
    failure,
  });

/** `docker.service, which ends 3 containers` */
const interruption = ({ engine, target, service }: PlanInput, isNetwork: boolean): string => {
  const { running = 0 } = engine ?? {};
  const name = typeof service === 'string' ? 'Docker' : (service.unit ?? 'Docker');
  const isKept = !isNetwork && target.keys['live-restore'] === true;
  return running === 0 || isKept
    ? name
    : `${name}, which ends ${running} ${running === 1 ? 'container' : 'containers'}`;
};

/** Restarts, each as it has to be: containers stay where that is possible, and go where Docker's network needs it. */
const restarts = (
  input: PlanInput,
  write: WriteFile,
  { restartFor, isNetwork, isRemembered }: Difference,
  failure: Failure,
): readonly DockerChange[] => {
  const { target, expect, engine, process } = input;
  const runs = `runs with ${describeNetwork(engine?.bridge)}`;
  const restart = (after: string, expected: typeof expect): DockerChange => ({
    ...ofDockerd(runs, after, { do: 'restart', expect: expected, failure }),
    restarts: interruption(input, isNetwork),
  });
  const finish = (): readonly DockerChange[] => [
    ...write(target.text),
    restart(`started anew for ${restartFor.join(', ')}`, expect),
  ];
  const changed = (keys: Readonly<Record<string, unknown>>): string =>
    editJson(target.text ?? '', new Map(Object.entries(keys).map(([key, value]) => [key, JSON.stringify(value)])));
  // By SIGHUP, which needs the process; given as a flag it is not bootlet's to change.
  const canSwitch = process !== undefined && target.compared.includes('live-restore');
  const letGo = canSwitch && isNetwork && engine?.liveRestore ? [reload(['live-restore'], failure)] : [];
  const off = canSwitch ? { 'live-restore': false } : {};
  if (isRemembered && expect !== undefined && 'bridge' in target.keys) {
    return [
      ...write(changed({ ...off, bridge: 'none' })),
      ...letGo,
      restart('started once without a bridge, to forget its addresses', undefined),
      {
        ...ofDockerd('other addresses', `only ${expect.gateways.join(' ')}`, { do: 'put-addresses', expect }),
        object: `link ${expect.bridgeName}`,
      },
      ...finish(),
    ];
  }
  if (letGo.length > 0) return [...write(changed(off)), ...letGo, ...finish()];
  const isKept = canSwitch && !isNetwork && target.keys['live-restore'] === true && engine?.liveRestore === false;
  if (isKept && engine.running > 0) return [...write(target.text), reload(['live-restore'], failure), ...finish()];
  return finish();
};

/** What a restart by somebody else needs besides. */
const howTo = ({ path, engine }: PlanInput, { isNetwork, isRemembered }: Difference): string => {
  const stop =
    isNetwork && engine?.liveRestore
      ? '; stop its containers first, which live-restore would keep on the old network'
      : '';
  const once = isRemembered
    ? `; start it once with "bridge": "none" in ${path}, since it remembers other addresses`
    : '';
  return `${stop}${once}`;
};

const steps = (input: PlanInput, failure: Failure): readonly DockerChange[] => {
  const { target, expect, engine, memory, service } = input;
  const write = fileWriter(input);
  const difference = differenceOf(input);
  const { reloaded, restartFor } = difference;
  const held = (before: string, after: string, why: string): DockerChange => ({
    ...ofDockerd(before, after, { do: 'nothing' }),
    held: why,
    podsNeed: difference.concernsPods,
  });
  if (engine === undefined && memory.restarting !== true) {
    if (expect === undefined) return write(target.text);
    const why = 'Docker does not answer; it reads its options when it starts';
    return [...write(target.text), held('does not answer', `runs with ${describeExpected(expect)}`, why)];
  }
  const again = (keys: readonly string[]): readonly DockerChange[] => (keys.length > 0 ? [reload(keys, failure)] : []);
  if (restartFor.length === 0 && engine !== undefined) return [...write(target.text), ...again(reloaded)];
  if (typeof service !== 'string') return restarts(input, write, difference, failure);
  const reasons = restartFor.join(', ');
  const why = `Docker must be restarted for ${reasons}: ${service}${howTo(input, difference)}`;
  return [
    ...write(target.text),
    // Were live-restore switched on now, the restart would keep containers, and with them the old network.
    ...again(difference.isNetwork ? reloaded.filter((key) => key !== 'live-restore') : reloaded),
    held(`runs with ${describeNetwork(engine?.bridge)}`, `started anew for ${reasons}`, why),
  ];
};

/** What is done about a change that has failed before: the way back, if that was cut; else nothing, and why. */
const afterFailure = (input: PlanInput, failed: Failure, planned: readonly DockerChange[]): readonly DockerChange[] => {
  const { file, memory } = input;
  const isBack = (file.text ?? null) !== failed.text;
  const podsNeed = differenceOf(input).concernsPods;
  if (!failed.rollBack || isBack) return planned.map((change) => ({ ...change, held: failed.message, podsNeed }));
  return [
    ...(memory.good === undefined ? [] : fileWriter(input)(memory.good ?? undefined)),
    ofDockerd('not as it should be', 'started anew with its old daemon.json', {
      do: 'restart',
      expect: undefined,
      failure: { ...failed, rollBack: false },
    }),
  ];
};

/** What is as it was before bootlet, and no longer its own. */
const releases = ({ path, target }: PlanInput): readonly DockerChange[] =>
  target.released.map((entry) => ({
    object: path,
    entry,
    before: "bootlet's",
    after: 'as it was',
    ledger: { do: 'strike' },
    step: { do: 'nothing' },
  }));

/** The steps that make dockerd's file, and dockerd itself, as they should be. Pure. */
export const planDocker = (input: PlanInput): readonly DockerChange[] => {
  const { target, expect, memory } = input;
  const network = expect === undefined ? '' : describeExpected(expect);
  const failure: Failure = { text: target.text ?? null, network, message: '', rollBack: true };
  const planned = steps(input, failure);
  const { failed } = memory;
  const isTried = failed !== undefined && failed.text === failure.text && failed.network === network;
  const changes = isTried && planned.length > 0 ? afterFailure(input, failed, planned) : planned;
  return changes.some(({ held }) => held !== undefined) ? changes : [...changes, ...releases(input)];
};
