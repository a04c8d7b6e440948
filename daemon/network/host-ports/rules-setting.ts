import type { Iptables } from '../../host/iptables/iptables.ts';
import type { HostSetting } from '../host-setting.ts';
import { ruleSetting } from '../rule-setting.ts';
import { FROM, HOSTPORTS, hostPortRules, MASQUERADE } from './rules.ts';

/** The rules by which ports of the host lead to pods. */
export const hostPortRulesSetting = (iptables: Iptables): HostSetting =>
  ruleSetting(
    {
      name: 'host-ports',
      after: [],
      podsNeed: false,
      needsHostPorts: true,
      chains: [HOSTPORTS, MASQUERADE],
      from: FROM,
      isWanted: ({ hostPorts = [] }) => hostPorts.length > 0,
      rules: ({ spec: { hostPorts = [] }, range }) => hostPortRules(range.family, hostPorts),
      advice: async () => [],
    },
    iptables,
  );
