import type { Iptables } from '../host/iptables/iptables.ts';
import { type ChainName, planRules } from '../host/iptables/plan-rules.ts';
import { comment } from '../host/iptables/rule-text.ts';
import type { HostSetting } from './host-setting.ts';
import { ruleSetting, type WantedRules } from './rule-setting.ts';

/** The setting after which come those that bring `route_localnet`. */
export const LOOPBACK_GUARD = 'loopback-guard';

const CHAIN = { table: 'mangle', chain: 'BOOTLET-LOOPBACK' } as const satisfies ChainName;
const PREROUTING = { table: 'mangle', chain: 'PREROUTING' } as const satisfies ChainName;

const NOT_FROM_LOOPBACK = `-d 127.0.0.0/8 ! -i lo ${comment('not from loopback')}`;

const RULES = {
  chains: [{ ...CHAIN, rules: ['-j DROP'] }],
  jumps: [{ table: 'mangle', from: 'PREROUTING', rule: `${NOT_FROM_LOOPBACK} -j ${CHAIN.chain}`, at: 'start' }],
} as const satisfies WantedRules;

/** For `iptables-restore --noflush` on a host that has nothing of it. */
export const guardPayload =
  planRules({
    own: RULES.chains,
    jumps: RULES.jumps,
    observed: [
      { ...CHAIN, listed: undefined },
      { ...PREROUTING, listed: { policy: 'ACCEPT', rules: [] } },
    ],
  })?.payload ?? '';

/**
 * Keeps pods from what listens on 127.0.0.1 of the host alone (CVE-2020-8558). The kernel does so by itself until
 * route_localnet is set on their bridge, as Docker without its proxies sets it, and host ports on 127.0.0.1 need it. An
 * answer to what came from there is for the bridge's address when it passes here, so that it is not dropped.
 */
export const loopbackGuardSetting = (iptables: Iptables): HostSetting =>
  ruleSetting(
    {
      name: LOOPBACK_GUARD,
      after: [],
      chains: [CHAIN],
      from: [PREROUTING],
      isWanted: (_, { family }) => family === 'ipv4',
      rules: () => RULES,
      advice: async () => [],
    },
    iptables,
  );
