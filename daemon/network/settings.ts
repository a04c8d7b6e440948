import type { Config } from '../config/schema.ts';
import type { Iptables } from '../host/iptables/iptables.ts';
import type { RunTool } from '../host/run-tool.ts';
import type { SysctlFiles } from '../host/sysctls.ts';
import { bridgeSetting } from './bridge/bridge.ts';
import type { SandboxesOn } from './bridge/orphans.ts';
import { forwardSetting } from './forward.ts';
import type { HostSetting } from './host-setting.ts';
import { kernelOptions, kernelSetting } from './kernel/kernel.ts';
import { loopbackGuardSetting } from './loopback-guard.ts';
import { masqueradeSetting } from './masquerade.ts';

/** What host settings are made of. */
export interface SettingsOptions {
  readonly config: Pick<Config, 'mode' | 'network' | 'paths' | 'runtime' | 'cluster' | 'nodeName'>;
  readonly run: RunTool;
  readonly iptables: Iptables;
  readonly sysctls: SysctlFiles;
  readonly sandboxesOn: SandboxesOn;
}

/** Every host setting, in the order in which they are set up; a reset goes the other way. */
export const networkSettings = (options: SettingsOptions): readonly HostSetting[] => {
  const { config, run, iptables, sysctls, sandboxesOn } = options;
  return [
    kernelSetting(kernelOptions(config, sysctls, run)),
    bridgeSetting({ run, sysctls, sandboxesOn, isDockers: config.network.docker.attach === 'bip' }),
    loopbackGuardSetting(iptables),
    masqueradeSetting(iptables),
    forwardSetting(iptables, run),
  ];
};
