import type { Json } from '../../host/json-value.ts';
import type { BridgeNetwork } from '../../runtime/docker/bridge-network.ts';
import type { ForeignContainer } from '../../runtime/docker/running-containers.ts';
import { firstOf } from '../first-of.ts';
import type { DockerChange } from './steps.ts';

export interface LostInput {
  /** Of daemon.json, as it is to become. */
  readonly keys: Readonly<Record<string, Json>>;
  readonly containers: readonly ForeignContainer[];
  /** Docker's networks but those that bootlet masquerades. */
  readonly networks: readonly BridgeNetwork[];
}

const lost = (object: string, before: readonly string[], advice: string): DockerChange => ({
  object,
  before: before.join('\n'),
  after: undefined,
  ledger: { do: 'nothing' },
  advice,
  step: { do: 'nothing' },
});

const WAY_OUT = "in the host's network (docker run --network host)";

const lostPorts = ({ name, ports }: ForeignContainer): readonly DockerChange[] => {
  if (ports.length === 0) return [];
  const advice = `nothing leads ${ports.join(', ')} to the container ${name} once Docker's iptables and userland-proxy are off: run it ${WAY_OUT}, or as a pod with a hostPort`;
  return [lost(`published ports of container ${name}`, ports, advice)];
};

const lostMasquerade = (network: BridgeNetwork, containers: readonly ForeignContainer[]): readonly DockerChange[] => {
  const names = containers.filter(({ networks }) => networks.includes(network.name)).map(({ name }) => name);
  if (!network.isMasqueraded || names.length === 0) return [];
  const from = network.subnets.map(({ subnet }) => subnet).join(' and ');
  const advice = `nothing masquerades what ${firstOf(names)} of the network ${network.name} (${from}) send to other hosts once Docker's iptables are off, at the latest from the next boot: run them ${WAY_OUT} or as pods, or have a rule of your own for ${from}`;
  return [lost(`masquerade of network ${network.name}`, names, advice)];
};

/**
 * What is told of others' containers: what ends for them, or has ended, with Docker's own rules. bootlet makes ports for its
 * pods alone, and masquerades no other network.
 */
export const lostWithRules = ({ keys, containers, networks }: LostInput): readonly DockerChange[] => {
  if (keys['iptables'] !== false) return [];
  // Either of the two leads ports of the host to containers.
  const ports = keys['userland-proxy'] === false ? containers.flatMap(lostPorts) : [];
  return [...ports, ...networks.flatMap((network) => lostMasquerade(network, containers))];
};
