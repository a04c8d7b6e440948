import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_NETWORK, DOCKER_BRIDGE } from '../../runtime/docker/bridge-network.ts';
import { OWN_NETWORK } from '../../runtime/docker/own-network.ts';
import { isDeferred } from './deferred-keys.ts';
import { editJson } from './edit-json.ts';
import { describeExpected, describeNetwork, type ExpectedNetwork, networkDifference } from './expected-network.ts';
import type { Attempt, Failure, Restart } from './memory.ts';
import { ownNetworkChanges } from './plan-own-network.ts';
import { effectiveValue, RELOADED } from './reloaded-keys.ts';
import { restoredText } from './restored-text.ts';
import { type DockerChange, type DockerStep, fileWriter, ofDockerd, type PlanInput, type WriteFile } from './steps.ts';

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

/** Whether pods are on the network of bootlet's, beside Docker's own. */
const isOnOwn = ({ expect }: Pick<PlanInput, 'expect'>): boolean => expect?.name === OWN_NETWORK;

/** Docker's own network as it shall be; undefined: as it is. */
const dockersOwn = ({ expect }: Pick<PlanInput, 'expect'>): ExpectedNetwork | undefined =>
  expect?.name === DEFAULT_NETWORK ? expect : undefined;

/** How the running dockerd differs from what it shall be. */
interface Difference {
  /** Keys that it only has to read again. */
  readonly reloaded: readonly string[];
  /** Keys that it reads at its next start, for which it is not started. */
  readonly deferred: readonly string[];
  /** What it has to be started anew for, in words. */
  readonly restartFor: readonly string[];
  /** It has to make its network anew, which takes its containers down. */
  readonly isNetwork: boolean;
  /** Pods have to wait until it is gone. */
  readonly concernsPods: boolean;
  /** It would put other addresses on the bridge. */
  readonly isRemembered: boolean;
}

/** On a way back: Docker is still on another bridge than its file says, whatever it has read. */
const otherBridge = ({ target, expect, engine, bridgeFlag }: PlanInput): readonly string[] => {
  const { bridge = bridgeFlag ?? DOCKER_BRIDGE } = target.keys;
  const actual = engine?.bridge?.bridgeName;
  return expect !== undefined || actual === undefined || actual === bridge ? [] : [`the bridge ${String(bridge)}`];
};

const differenceOf = (input: PlanInput): Difference => {
  const { file, target, engine, process, loaded = file.keys } = input;
  const expect = dockersOwn(input);
  const isSame = (key: string): boolean =>
    isDeepStrictEqual(effectiveValue(key, loaded), effectiveValue(key, target.keys));
  const running = engine?.running ?? 0;
  // The MTU of its own network is not worth the containers on it.
  const wanted = expect !== undefined && running > 0 ? { ...expect, followsMtu: true } : expect;
  const network = wanted === undefined || engine === undefined ? 'none' : networkDifference(wanted, engine.bridge);
  const isTooLate = (key: string): boolean => OF_NETWORK.has(key) && network === 'none' && running > 0;
  const keys = target.compared.filter((key) => !isSame(key));
  // A key that goes keeps its value until the next start.
  const reloaded = keys.filter((key) => RELOADED.has(key) && key in target.keys && process !== undefined);
  const deferred = keys.filter(
    (key) =>
      isDeferred(key, { was: loaded[key], wanted: target.keys[key], expect }) ||
      (expect !== undefined && isTooLate(key)) ||
      (isOnOwn(input) && OF_NETWORK.has(key)),
  );
  const restarted = keys.filter((key) => !reloaded.includes(key) && !deferred.includes(key));
  const named = network === 'none' || expect === undefined ? [] : [`the network ${describeExpected(expect)}`];
  const other = otherBridge(input);
  const isNetwork = network !== 'none' || other.length > 0 || restarted.some((key) => OF_NETWORK.has(key));
  return {
    reloaded,
    deferred,
    restartFor: [...restarted, ...named, ...other, ...input.restartFor],
    isNetwork,
    concernsPods: engine === undefined || isNetwork || restarted.some((key) => OF_PACKETS.includes(key)),
    isRemembered: network === 'remembered',
  };
};

const reload = (keys: readonly string[], attempt: Attempt): DockerChange =>
  ofDockerd(`has another ${keys.join(', ')}`, `reads its file again, for ${keys.join(', ')}`, {
    do: 'reload',
    attempt,
  });

/** Whether live-restore is bootlet's to switch: by SIGHUP, which needs the process, and not given as a flag. */
const canSwitchLiveRestore = ({ process, target }: PlanInput): boolean =>
  process !== undefined && target.compared.includes('live-restore');

/** `docker.service, which ends 3 containers` */
const interruption = (input: PlanInput, isNetwork: boolean): string => {
  const { engine, target, service } = input;
  const { running = 0 } = engine ?? {};
  const name = typeof service === 'string' ? 'Docker' : (service.unit ?? 'Docker');
  const isKept =
    !isNetwork && target.keys['live-restore'] === true && (engine?.liveRestore === true || canSwitchLiveRestore(input));
  return running === 0 || isKept
    ? name
    : `${name}, which ends ${running} ${running === 1 ? 'container' : 'containers'}`;
};

/** Restarts, each as it has to be: containers stay where that is possible, and go where Docker's network needs it. */
const restarts = (
  input: PlanInput,
  write: WriteFile,
  { restartFor, isNetwork, isRemembered }: Difference,
  attempt: Attempt,
): readonly DockerChange[] => {
  const { target, engine } = input;
  const expect = dockersOwn(input);
  const canForget = expect !== undefined && 'bridge' in target.keys;
  const runs = `runs with ${describeNetwork(engine?.bridge)}`;
  const restart = (after: string, isLast: boolean): DockerChange => ({
    ...ofDockerd(runs, after, {
      do: 'restart',
      expect: isLast ? expect : undefined,
      isLast,
      attempt,
      mayRemember: canForget && !isRemembered,
      isForNone: expect !== undefined && isNetwork && engine?.running === 0,
    }),
    restarts: interruption(input, isNetwork),
  });
  const finish = (): readonly DockerChange[] => [
    ...write(target.text),
    restart(`started anew for ${restartFor.join(', ')}`, true),
  ];
  const changed = (keys: Readonly<Record<string, unknown>>): string =>
    editJson(target.text ?? '', new Map(Object.entries(keys).map(([key, value]) => [key, JSON.stringify(value)])));
  const canSwitch = canSwitchLiveRestore(input);
  const isEnding = isNetwork && (engine?.running ?? 0) > 0;
  const letGo = canSwitch && isEnding && engine?.liveRestore ? [reload(['live-restore'], attempt)] : [];
  const off = canSwitch && isEnding ? { 'live-restore': false } : {};
  if (isRemembered && canForget) {
    const remembered = (engine?.bridge?.subnets ?? []).map(({ subnet }) => subnet);
    return [
      ...write(changed({ ...off, bridge: 'none' })),
      ...letGo,
      restart('started once without a bridge, to forget its addresses', false),
      {
        ...ofDockerd('other addresses', `only ${expect.gateways.join(' ')}`, {
          do: 'put-addresses',
          expect,
          remembered,
        }),
        object: `link ${expect.bridgeName}`,
      },
      ...finish(),
    ];
  }
  if (letGo.length > 0) return [...write(changed(off)), ...letGo, ...finish()];
  // Also where nothing runs: what is started meanwhile, a control plane for one, must not end by it.
  const isKept = canSwitch && !isEnding && target.keys['live-restore'] === true && engine?.liveRestore === false;
  if (isKept) return [...write(target.text), reload(['live-restore'], attempt), ...finish()];
  return finish();
};

const later = (keys: readonly string[]): readonly DockerChange[] => {
  if (keys.length === 0) return [];
  const names = keys.join(', ');
  const advice = `Docker has another ${names} than its file by now and takes it when it is started next, which is not done for that alone: restart it when it suits`;
  return [{ ...ofDockerd(`has another ${names}`, `has it once it is started`, { do: 'nothing' }), advice }];
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

const steps = (input: PlanInput, attempt: Attempt): readonly DockerChange[] => {
  const { target, expect, engine, memory, service, isEntered } = input;
  const write = fileWriter(input);
  const difference = differenceOf(input);
  const { reloaded, deferred, restartFor } = difference;
  const held = (before: string, after: string, why: string): DockerChange => ({
    ...ofDockerd(before, after, { do: 'nothing' }),
    held: why,
    podsNeed: difference.concernsPods,
  });
  if (engine === undefined && memory.restarting === undefined) {
    // Its network is in Docker's own store, and with it Docker may not start with the file as it was.
    const stays = 'Docker does not answer, and has to, to give up its network bootlet: start it first';
    if (expect === undefined && isEntered) return [held('does not answer', 'without the network bootlet', stays)];
    if (expect === undefined) return write(target.text);
    const why = 'Docker does not answer; it reads its options when it starts';
    return [...write(target.text), held('does not answer', `runs with ${describeExpected(expect)}`, why)];
  }
  const again = (keys: readonly string[]): readonly DockerChange[] => (keys.length > 0 ? [reload(keys, attempt)] : []);
  // Docker's rules for it, were they still made, would keep packets from it: it comes once they are off.
  const own = isOnOwn(input) ? ownNetworkChanges(input) : [];
  if (restartFor.length === 0 && engine !== undefined) {
    return [...write(target.text), ...again(reloaded), ...own, ...later(deferred)];
  }
  if (typeof service !== 'string') return [...restarts(input, write, difference, attempt), ...own];
  const reasons = restartFor.join(', ');
  const why = `Docker must be restarted for ${reasons}: ${service}${howTo(input, difference)}`;
  return [
    ...write(target.text),
    // Were live-restore switched on now, the restart would keep containers, and with them the old network.
    ...again(difference.isNetwork ? reloaded.filter((key) => key !== 'live-restore') : reloaded),
    held(`runs with ${describeNetwork(engine?.bridge)}`, `started anew for ${reasons}`, why),
    ...(difference.concernsPods ? [] : own),
  ];
};

/**
 * What is left of a restart that was cut: the way back from one that failed, or, while Docker is not there to say what it
 * needs, the start with the file as it is. Undefined: nothing. A reset starts it with its original file all the same, but
 * where its store may have bootlet's network: that is looked for first, and nothing forgotten before.
 */
const unfinished = (input: PlanInput, restarting: Restart, attempt: Attempt): DockerChange | undefined => {
  const { path, file, expect, engine, loaded, memory, service, isEntered } = input;
  if (expect === undefined && (!isEntered || engine !== undefined)) return undefined;
  const change = (after: string, step: DockerStep): DockerChange => {
    const made: DockerChange = {
      ...ofDockerd('a restart was cut', after, step),
      restarts: interruption(input, false),
      showsMore: true,
    };
    return typeof service === 'string' ? { ...made, step: { do: 'nothing' }, held: service } : made;
  };
  if (restarting.isBack) {
    const isRestored = file.text === restoredText(path, file.text, memory);
    const isBack = engine !== undefined && isRestored && isDeepStrictEqual(loaded, file.keys);
    return isBack ? undefined : change('started with its old daemon.json', { do: 'roll-back' });
  }
  if (engine !== undefined) return undefined;
  const { text, network } = restarting;
  const isLast = network === attempt.network && text === (file.text ?? null);
  const expected = isLast ? dockersOwn(input) : undefined;
  const again = { text, network };
  return change('started', {
    do: 'restart',
    expect: expected,
    isLast,
    attempt: again,
    mayRemember: true,
    isForNone: false,
  });
};

/** Once Docker runs without bootlet's options: what they had it open stays open. */
const loopbackClosed = ({ expect, loopback }: PlanInput): readonly DockerChange[] =>
  expect !== undefined
    ? []
    : loopback
        .filter(({ now, original }) => now !== original)
        .map(({ path, now, original }) => ({
          ...ofDockerd(now, original, { do: 'write-sysctl', path, value: original }),
          object: path,
        }));

/** What is as it was before bootlet, and no longer its own. */
const releases = ({ path, target, original }: PlanInput): readonly DockerChange[] =>
  target.released.map((entry) => ({
    object: path,
    entry,
    before: "bootlet's",
    after: 'as it was',
    ledger: { do: 'strike' },
    step: entry === path ? { do: 'tidy', keepFolder: original.hadFolder } : { do: 'nothing' },
  }));

const isOf = (failed: Failure, { text, network }: Attempt): boolean =>
  failed.text === text && failed.network === network;

/** Takes down what is over. */
const over = ({ memory: { restarting, failed }, engine }: PlanInput, attempt: Attempt): readonly DockerChange[] => {
  if (engine === undefined) return [];
  const routine = (before: string, step: DockerStep): DockerChange => ({
    ...ofDockerd(before, 'it is over', step),
    isRoutine: true,
  });
  return [
    ...(restarting === undefined ? [] : [routine('a restart was begun', { do: 'end-restart' })]),
    ...(failed === undefined || isOf(failed, attempt)
      ? []
      : [routine('something else was tried in vain', { do: 'forget-failure' })]),
  ];
};

/** The steps that make dockerd's file, and dockerd itself, as they should be. Pure. */
export const planDocker = (input: PlanInput): readonly DockerChange[] => {
  const { target, expect, process, memory } = input;
  const network = expect === undefined ? '' : describeExpected(expect);
  const attempt: Attempt = { text: target.text ?? null, network };
  const { restarting, failed } = memory;
  const cut = restarting === undefined ? undefined : unfinished(input, restarting, attempt);
  if (cut !== undefined) return [cut];
  // One that shall not be goes first: dockerd does not start with what was there before it, and it.
  const gone = isOnOwn(input) ? [] : ownNetworkChanges(input);
  const planned = [...gone, ...steps(input, attempt)];
  // Who starts another dockerd may have mended what was in the way.
  const isSameDocker = failed?.process === undefined || process === undefined || failed.process === process.id;
  const isTried = failed !== undefined && isOf(failed, attempt) && isSameDocker;
  const isMade = planned.some(({ step }) => step.do === 'make-network');
  const podsNeed = isMade || differenceOf(input).concernsPods;
  const changes = isTried ? planned.map((change) => ({ ...change, held: failed.message, podsNeed })) : planned;
  const isHeld = changes.some(({ held }) => held !== undefined);
  return [...over(input, attempt), ...changes, ...(isHeld ? [] : [...loopbackClosed(input), ...releases(input)])];
};
