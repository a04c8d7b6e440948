import type { Iptables } from '../../host/iptables/iptables.ts';
import { canonical, wordsOf } from '../../host/iptables/rule-text.ts';
import type { HostPort } from '../../shared-resources.ts';
import type { Family, NetworkSpec } from '../resources.ts';
import { HOSTPORTS, hostPortRules } from './rules.ts';

/** What an earlier daemon made and is there still. */
export interface PortsInPlace {
  readonly ports: readonly HostPort[];
  /** Those of pods that ended meanwhile, one for each family. */
  readonly ended: readonly HostPort[];
}

/** @param ports that are wanted @throws BootletError E_HOST_COMMAND */
export const portsInPlace = async (
  ports: readonly HostPort[],
  { ranges }: Pick<NetworkSpec, 'ranges'>,
  iptables: Pick<Iptables, 'of'>,
): Promise<PortsInPlace> => {
  const families = await Promise.all(
    ranges.map(async ({ family }) => {
      const filter = await iptables.of(family);
      const chain = await filter.list(HOSTPORTS);
      return { family, rules: new Set(chain?.rules.map(canonical)) };
    }),
  );
  return {
    ports: ports.filter((port) =>
      families.every(({ family, rules }) => wantedRules(family, port).every((rule) => rules.has(rule))),
    ),
    ended: families.flatMap(({ family, rules }) => {
      const wanted = new Set(ports.flatMap((port) => wantedRules(family, port)));
      return [...rules].filter((rule) => !wanted.has(rule)).flatMap((rule) => portIn(rule) ?? []);
    }),
  };
};

const wantedRules = (family: Family, port: HostPort): readonly string[] =>
  hostPortRules(family, [port])
    ?.chains.find(({ chain }) => chain === HOSTPORTS.chain)
    ?.rules.map(canonical) ?? [];

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;

/** The port that a rule was made for; undefined for one of somebody else. Whose it was is not told. */
const portIn = (rule: string): HostPort | undefined => {
  const words = wordsOf(rule);
  const after = (option: string): string | undefined =>
    words.includes(option) ? words[words.indexOf(option) + 1] : undefined;
  const protocol = PROTOCOLS.find((name) => name.toLowerCase() === after('-p'));
  const [, ip, port] = /^\[?(.+?)\]?:(\d+)$/.exec(after('--to-destination') ?? '') ?? [];
  if (protocol === undefined || ip === undefined) return undefined;
  return {
    pod: '',
    uid: '',
    hostIP: after('-d')?.split('/')[0] ?? '',
    hostPort: Number(after('--dport')),
    protocol,
    podIPs: [ip],
    containerPort: Number(port),
  };
};
