import type { Iptables } from '../../host/iptables/iptables.ts';
import { canonical } from '../../host/iptables/rule-text.ts';
import type { HostPort } from '../../shared-resources.ts';
import type { NetworkSpec } from '../resources.ts';
import { HOSTPORTS, hostPortRules } from './rules.ts';

/** Of these ports those that an earlier daemon made, and that are there still. @throws BootletError E_HOST_COMMAND */
export const portsInPlace = async (
  ports: readonly HostPort[],
  { ranges }: NetworkSpec,
  iptables: Iptables,
): Promise<readonly HostPort[]> => {
  if (ports.length === 0) return [];
  const families = await Promise.all(
    ranges.map(async ({ family }) => {
      const filter = await iptables.of(family);
      const chain = await filter.list(HOSTPORTS);
      return { family, rules: new Set(chain?.rules.map(canonical)) };
    }),
  );
  return ports.filter((port) =>
    families.every(({ family, rules }) => {
      const wanted = hostPortRules(family, [port])?.chains.find(({ chain }) => chain === HOSTPORTS.chain);
      return (wanted?.rules ?? []).every((rule) => rules.has(canonical(rule)));
    }),
  );
};
