import type { Iptables } from '../../host/iptables/iptables.ts';
import type { Sysctls } from '../../host/sysctls.ts';
import type { HostSetting } from '../host-setting.ts';
import { routeLocalnetSetting } from './route-localnet.ts';
import { hostPortRulesSetting, type WantedHostPorts } from './rules-setting.ts';

export interface HostPortSettingsOptions {
  readonly ports: WantedHostPorts;
  readonly iptables: Iptables;
  readonly sysctls: Sysctls;
}

/**
 * What leads ports of the host to pods, in the order in which it is made. They follow the pods and not the specification
 * alone, so that they have a controller of their own.
 */
export const hostPortSettings = ({ ports, iptables, sysctls }: HostPortSettingsOptions): readonly HostSetting[] => [
  hostPortRulesSetting(ports, iptables),
  routeLocalnetSetting(ports, sysctls),
];
