import { parseCidr } from '../host/ip/cidr.ts';
import type { Iptables } from '../host/iptables/iptables.ts';
import type { ChainName } from '../host/iptables/plan-rules.ts';
import { comment } from '../host/iptables/rule-text.ts';
import type { HostSetting } from './host-setting.ts';
import { otherMasquerades } from './other-masquerades.ts';
import type { Family } from './resources.ts';
import { type RulesContext, ruleSetting, type WantedRules } from './rule-setting.ts';

const CHAIN = { table: 'nat', chain: 'BOOTLET-MASQUERADE' } as const satisfies ChainName;
const POSTROUTING = { table: 'nat', chain: 'POSTROUTING' } as const satisfies ChainName;

/** What never leaves the link, or goes to many: another source address would break it. */
const NEVER: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['169.254.0.0/16', '224.0.0.0/4', '255.255.255.255/32'],
  ipv6: ['fe80::/10', 'ff00::/8'],
};

/**
 * Only what comes from pods: a rule without a source rewrites what a process of the host sends from another address of
 * the host. Between pods of one bridge nothing may be rewritten either, which passes here where bridges call iptables.
 */
const masqueradeRules = ({ spec, range: { family }, cidrs, inUse }: RulesContext): WantedRules | undefined => {
  const { masquerade } = spec;
  if (masquerade === undefined) return undefined;
  const own = masquerade.nonMasqueradeCIDRs.filter((cidr) => parseCidr(cidr)?.family === family);
  // Two pods that ask one server from one port at once collide without it (kubernetes#56903).
  const randomly = masquerade.randomFully && inUse.isRecent ? ' --random-fully' : '';
  const rules = [
    ...NEVER[family].map((cidr) => `-d ${cidr} ${comment('stays on its link')} -j RETURN`),
    ...own.map((cidr) => `-d ${cidr} ${comment('pods keep their address')} -j RETURN`),
    `${comment('pods get the address of the host')} -j MASQUERADE${randomly}`,
  ];
  const to = `-m addrtype ! --dst-type LOCAL -j ${CHAIN.chain}`;
  return {
    chains: [{ ...CHAIN, rules }],
    jumps: cidrs.map((cidr) => {
      const rule = `-s ${cidr} ${comment('from pods')} ${to}`;
      return { table: 'nat', from: 'POSTROUTING', rule, at: 'end' };
    }),
  };
};

/** What pods send to what is outside comes from an address of the host, to which the answer finds its way. */
export const masqueradeSetting = (iptables: Iptables): HostSetting =>
  ruleSetting(
    {
      name: 'masquerade',
      after: ['bridge'],
      chains: [CHAIN],
      from: [POSTROUTING],
      isWanted: ({ masquerade }) => masquerade !== undefined,
      rules: masqueradeRules,
      advice: async (_, range, filter) =>
        otherMasquerades({ range, tool: filter.tool, rules: (await filter.list(POSTROUTING))?.rules ?? [] }),
    },
    iptables,
  );
