import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { dockerFinder } from '../host/docker-process.ts';
import type { Iptables } from '../host/iptables/iptables.ts';
import type { ForwardChains } from '../host/nft/forward-chains.ts';
import type { RunTool } from '../host/run-tool.ts';
import type { SysctlFiles } from '../host/sysctls.ts';
import { systemClock } from '../reconcile/clock.ts';
import { defaultNetwork } from '../runtime/docker/bridge-network.ts';
import type { DockerEngine } from '../runtime/docker/engine.ts';
import { answeringWithin } from '../runtime/docker/no-answer.ts';
import { type BootOptions, bootGuardSetting, bootSetting } from './boot.ts';
import { type BridgeOptions, bridgeSetting } from './bridge/bridge.ts';
import { duplicateFilterSetting } from './bridge/duplicate-filter.ts';
import type { SandboxesOn } from './bridge/orphans.ts';
import { dockerProxiesSetting } from './docker/proxies-setting.ts';
import { dockerSetting } from './docker/setting.ts';
import { forwardSetting } from './forward.ts';
import { routeLocalnetSetting } from './host-ports/route-localnet.ts';
import { hostPortRulesSetting } from './host-ports/rules-setting.ts';
import type { HostSetting } from './host-setting.ts';
import { kernelOptions, kernelSetting } from './kernel/kernel.ts';
import { loopbackGuardSetting } from './loopback-guard.ts';
import { masqueradeSetting } from './masquerade.ts';
import { oldDockerNetworkSetting } from './old-docker/old-docker-network.ts';

/** What host settings are made of. */
export interface SettingsOptions {
  readonly config: Pick<Config, 'mode' | 'network' | 'paths' | 'runtime' | 'cluster' | 'nodeName'>;
  readonly run: RunTool;
  readonly iptables: Iptables;
  readonly forwardChains: ForwardChains;
  readonly sysctls: SysctlFiles;
  readonly sandboxesOn: SandboxesOn;
  readonly subnetsOn: BridgeOptions['subnetsOn'];
  readonly bootFault: BootOptions['fault'];
  readonly docker: Pick<DockerEngine, 'call'>;
  /** Aborted when the daemon ends. */
  readonly stopping: AbortSignal | undefined;
}

const ACTIVE_BRIDGE_MS = 10_000;

/** Every host setting, in the order in which they are set up; a reset goes the other way. */
export const networkSettings = (options: SettingsOptions): readonly HostSetting[] => {
  const {
    config,
    run,
    iptables,
    forwardChains,
    sysctls,
    sandboxesOn,
    subnetsOn,
    bootFault,
    docker: engine,
    stopping,
  } = options;
  const isDockers = config.network.docker.attach === 'bip';
  const root = '/';
  const find = dockerFinder({ endpoint: config.runtime.docker.endpoint, root });
  const activeBridge = async () => (await defaultNetwork(answeringWithin(engine, ACTIVE_BRIDGE_MS)))?.bridgeName;
  return [
    kernelSetting(kernelOptions(config, sysctls, run)),
    bridgeSetting({ run, sysctls, sandboxesOn, subnetsOn, isDockers }),
    duplicateFilterSetting(run),
    bootSetting({ file: join(config.paths.state, 'boot/bridge.batch'), isDockers, fault: bootFault }),
    loopbackGuardSetting(iptables),
    bootGuardSetting(join(config.paths.state, 'boot/loopback-guard.rules'), iptables),
    masqueradeSetting(iptables),
    forwardSetting(iptables, run, forwardChains),
    dockerProxiesSetting({ config, run, engine, find, root }),
    dockerSetting({ config, run, sysctls, engine, find, root, clock: systemClock, stopping }),
    oldDockerNetworkSetting({ run, iptables, activeBridge, isWanted: config.network.docker.manage }),
    hostPortRulesSetting(iptables),
    routeLocalnetSetting(sysctls),
  ];
};
