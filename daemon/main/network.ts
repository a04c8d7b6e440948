import { hostTools } from '../host/run-tool.ts';
import { lineSupervisor } from '../host/supervise-lines.ts';
import { FlannelWatch } from '../network/flannel/flannel-watch.ts';
import { hostPortsController } from '../network/host-ports/controller.ts';
import { DockerMonitor } from '../network/monitors/docker-monitor.ts';
import { linkMonitor } from '../network/monitors/link-monitor.ts';
import { NetworkEvents } from '../network/monitors/network-events.ts';
import { ProgramMonitor } from '../network/monitors/program-monitor.ts';
import { rulesMonitor } from '../network/monitors/rules-monitor.ts';
import { podNetworkController } from '../network/pod-network.ts';
import { flannelFileType, NETWORK, unmanagedType } from '../network/resources.ts';
import { settingController } from '../network/setting-controller.ts';
import { settingStatusController } from '../network/setting-status.ts';
import { specController } from '../network/spec-controller.ts';
import type { Foundation } from './foundation.ts';
import { loadLedger, networkBase } from './network-base.ts';

export interface NetworkParts {
  /** They hear of changes of the host: to be started with the engine, and stopped with it. */
  readonly monitors: readonly { start(): Promise<void> | void; stop(): Promise<void> | void }[];
}

/** The host's network: what it shall be, each setting of it, and whether pods can have it. */
export const buildNetwork = async (foundation: Foundation): Promise<NetworkParts> => {
  const { config, store, engine, events, clock, random, log, stopping } = foundation;
  const { network, nodeName } = config;
  if (!network.manage) {
    const { isEmpty } = await loadLedger(config.paths);
    store.claim(unmanagedType, 'configuration').put(NETWORK, { reason: 'NotManaged', isAbandoned: !isEmpty });
    engine.add(podNetworkController({ nodeName, settings: [], ownsDocker: false }));
    return { monitors: [] };
  }
  const base = await networkBase(config, hostTools(process.env), stopping);
  const { run, iptables, forwardChains, settings, ledger, memory, hasCluster } = base;
  const { pollSeconds } = network;
  engine.add(specController({ config: network, nodeName, hasCluster, run, clock, settings, ledger, memory }));
  engine.add(settingController({ settings, ledger, clock, pollSeconds, nodeName, events }));
  engine.add(settingStatusController({ settings, clock }));
  const makers = settings.filter(({ needsHostPorts }) => needsHostPorts);
  const ports = { settings: makers, memory: base.hostPorts, run, proc: '/proc', clock, pollSeconds };
  engine.add(hostPortsController({ nodeName, ...ports }));
  engine.add(podNetworkController({ nodeName, settings, ownsDocker: network.docker.manage }));

  const networkEvents = new NetworkEvents(store, clock);
  const supervise = lineSupervisor({ environment: process.env, clock, random });
  const monitors = [linkMonitor, rulesMonitor({ iptables, forwardChains })].map(
    (monitored) => new ProgramMonitor(monitored, { supervise, events: networkEvents, log }),
  );
  const closing = {
    start: () => undefined,
    stop: async () => {
      networkEvents.close();
      await base[Symbol.asyncDispose]();
    },
  };
  const docker = new DockerMonitor({ store, events: networkEvents, configFile: network.docker.configFile });
  const { subnetFile } = network.flannel;
  const flannel = { path: subnetFile, clock, files: store.claim(flannelFileType, 'flannel'), log };
  return {
    monitors: [closing, ...monitors, docker, ...(subnetFile === '' ? [] : [new FlannelWatch(flannel)])],
  };
};
