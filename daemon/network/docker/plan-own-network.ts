import { cidrsOverlap, parseCidr } from '../../host/ip/cidr.ts';
import { type BridgeNetwork, DEFAULT_NETWORK } from '../../runtime/docker/bridge-network.ts';
import type { DockerNetwork } from '../../runtime/docker/networks.ts';
import { OWN_NETWORK } from '../../runtime/docker/own-network.ts';
import { describeExpected, describeNetwork, type ExpectedNetwork, networkDifference } from './expected-network.ts';
import type { DockerChange, PlanInput } from './steps.ts';
import { NETWORK_ENTRY } from './target.ts';

const make = (expect: ExpectedNetwork): DockerChange => ({
  object: NETWORK_ENTRY,
  before: undefined,
  after: describeExpected(expect),
  ledger: { do: 'enter', original: null },
  step: { do: 'make-network', expect },
});

/** Containers of others are named: somebody has to know. */
const remove = (
  network: BridgeNetwork,
  { expect, engine }: Pick<PlanInput, 'expect' | 'engine'>,
  ledger: 'strike' | 'nothing',
): DockerChange => {
  const isReplaced = expect?.name === OWN_NETWORK;
  const joined = (engine?.foreignContainers ?? [])
    .filter(({ networks }) => networks.includes(OWN_NETWORK))
    .map(({ name }) => name);
  const others = joined.length === 0 ? '' : `, also of ${joined.join(', ')}, which bootlet did not make`;
  const then = isReplaced ? 'are put on it again with other addresses' : 'stay without it';
  return {
    object: NETWORK_ENTRY,
    before: describeNetwork(network),
    after: undefined,
    ledger: { do: ledger },
    restarts: `the network of all containers on it at once${others}${others && ` and ${then}`}; pods are made anew one after another`,
    step: { do: 'remove-network', network, isReplaced },
  };
};

/** What a cut has left of replacing it: those of others that were on it. */
const rejoin: DockerChange = {
  object: 'containers of others on the network bootlet',
  before: 'off it, since it was replaced',
  after: 'on it again',
  ledger: { do: 'nothing' },
  step: { do: 'rejoin' },
};

const overlap = (one: string, other: string): boolean => {
  const [a, b] = [parseCidr(one), parseCidr(other)];
  return a !== undefined && b !== undefined && cidrsOverlap(a, b);
};

/** Docker would refuse it: another network, of whatever driver, has some of its addresses. Undefined: none has. */
const inTheWay = (
  expect: ExpectedNetwork,
  networks: readonly DockerNetwork[],
  present: BridgeNetwork | undefined,
): DockerChange | undefined => {
  const taken = networks
    .filter(({ id }) => id !== present?.id)
    .flatMap(({ name, pools }) => pools.map((pool) => ({ name, pool })))
    .find(({ pool }) => expect.subnets.some((subnet) => overlap(subnet, pool)));
  if (taken === undefined) return undefined;
  const { name, pool } = taken;
  // Docker's own cannot be removed.
  const wayOut =
    name === DEFAULT_NETWORK
      ? 'give it another one as "bip" in daemon.json and restart Docker'
      : `remove it (docker network rm ${name})`;
  return {
    object: NETWORK_ENTRY,
    before: present === undefined ? undefined : describeNetwork(present),
    after: describeExpected(expect),
    ledger: { do: 'nothing' },
    held: `Docker's network ${name} has ${pool}, of which ${expect.subnets.join(' and ')} would be: ${wayOut}, or give pods another range`,
    step: { do: 'nothing' },
  };
};

/**
 * What makes the network of bootlet's as it shall be, or takes it away where it shall not be. One that is as it was is
 * never replaced for an MTU that follows the uplink. Nothing while Docker does not answer. Pure.
 */
export const ownNetworkChanges = (
  input: Pick<PlanInput, 'expect' | 'engine' | 'isEntered' | 'memory'>,
): readonly DockerChange[] => {
  const { expect, engine, isEntered, memory } = input;
  if (engine === undefined) return [];
  const present = engine.userNetworks.find(({ isOwn }) => isOwn);
  if (expect?.name === OWN_NETWORK) {
    const isMade = present !== undefined && networkDifference(expect, present) === 'none';
    if (isMade) return memory.replaced === undefined ? [] : [rejoin];
    const held = inTheWay(expect, engine.networks, present);
    if (held !== undefined) return [held];
    return present === undefined ? [make(expect)] : [remove(present, input, 'nothing'), make(expect)];
  }
  // A reset strikes it once all is as it was.
  if (present !== undefined) return [remove(present, input, expect === undefined ? 'nothing' : 'strike')];
  if (!isEntered || expect === undefined) return [];
  const gone = { object: NETWORK_ENTRY, before: undefined, after: undefined, isRoutine: true } as const;
  return [{ ...gone, ledger: { do: 'strike' }, step: { do: 'nothing' } }];
};
