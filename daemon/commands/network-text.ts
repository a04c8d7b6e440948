import type { Network } from '../api/network.ts';
import { columns } from './columns.ts';
import { conditionLines } from './condition-lines.ts';
import type { Io } from './io.ts';

type Spec = NonNullable<Network['spec']>;

const factsOf = ({ ranges, bridge, masquerade }: Spec): readonly (readonly [string, string])[] => {
  const traits = [
    `MTU ${bridge.mtu}`,
    bridge.mac,
    ...(bridge.hairpin ? ['hairpin'] : []),
    ...(bridge.promiscuous ? ['promiscuous'] : []),
  ];
  const masqueraded =
    masquerade === undefined
      ? 'not by bootlet'
      : `all but to ${masquerade.nonMasqueradeCIDRs.join(', ') || 'the host'}${masquerade.randomFully ? ', ports fully random' : ''}`;
  return [
    ['Ranges:', ranges.map(({ cidr, gateway }) => `${cidr} (gateway ${gateway})`).join(', ')],
    ['Bridge:', `${bridge.name} (${traits.join(', ')})`],
    ['Masquerade:', masqueraded],
  ];
};

const HOST_PORTS = { rules: "bootlet's rules", runtime: 'the container runtime' } as const;

/** What pods have, and each condition of the network on a line; ends in an empty line. */
export const networkText = async ({ metadata, spec, status }: Network, io: Io): Promise<string> => {
  const { pods, conditions } = status;
  const facts = [
    ['Node:', metadata.name],
    ...(spec === undefined ? [] : factsOf(spec)),
    ...(pods?.state === 'ready' ? [['Host ports:', `made by ${HOST_PORTS[pods.hostPorts]}`]] : []),
  ];
  return [columns(facts), await conditionLines(conditions, io), ''].join('\n');
};
