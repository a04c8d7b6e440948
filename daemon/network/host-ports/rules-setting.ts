import type { Iptables } from '../../host/iptables/iptables.ts';
import type { HostPort } from '../../shared-resources.ts';
import type { HostSetting } from '../host-setting.ts';
import { ruleSetting } from '../rule-setting.ts';
import { FROM, HOSTPORTS, hostPortRules, MASQUERADE } from './rules.ts';

/** The ports of the host that shall lead to pods. */
export type WantedHostPorts = () => readonly HostPort[];

/** The rules by which ports of the host lead to pods. */
export const hostPortRulesSetting = (ports: WantedHostPorts, iptables: Iptables): HostSetting =>
  ruleSetting(
    {
      name: 'host-ports',
      after: [],
      chains: [HOSTPORTS, MASQUERADE],
      from: FROM,
      isWanted: () => ports().length > 0,
      rules: ({ range }) => hostPortRules(range.family, ports()),
      advice: () => [],
    },
    iptables,
  );
