import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCluster } from '../config/cluster.ts';
import type { Config } from '../config/schema.ts';
import { bootUnitFault } from '../host/boot-unit.ts';
import { Iptables } from '../host/iptables/iptables.ts';
import { Ledger } from '../host/ledger.ts';
import { ForwardChains } from '../host/nft/forward-chains.ts';
import { hostTools, type RunTool } from '../host/run-tool.ts';
import { sharingLooks } from '../host/shared-looks.ts';
import { StateFile } from '../host/state-file.ts';
import { hostSysctls } from '../host/sysctls.ts';
import { DOCKER_MEMORY } from '../network/docker/memory.ts';
import { HOST_PORTS_MEMORY, hostPortsMemory } from '../network/host-ports/memory.ts';
import type { HostSetting } from '../network/host-setting.ts';
import { networkSettings } from '../network/settings.ts';
import { DockerEngine } from '../runtime/docker/engine.ts';
import { sandboxesOn, subnetsOn } from '../runtime/docker/sandboxes.ts';
import type { HostPort } from '../shared-resources.ts';

/** What the daemon, `bootlet plan` and `bootlet reset` look after the host's network with. */
export interface NetworkBase extends AsyncDisposable {
  readonly run: RunTool;
  readonly iptables: Iptables;
  readonly forwardChains: ForwardChains;
  readonly settings: readonly HostSetting[];
  readonly ledger: Ledger;
  /** The Node's ranges as they were last seen. */
  readonly memory: StateFile<readonly string[]>;
  /** The ports of the host as they were last made. */
  readonly hostPorts: StateFile<readonly HostPort[]>;
  /** Whether a range may come from a Node. */
  readonly hasCluster: boolean;
  /** Removes what is remembered beside the ledger, once all is given back: the next network begins anew. */
  forget(): Promise<void>;
}

/** Its file in the state folder. */
const POD_CIDRS = 'pod-cidrs.json';

const textsIn = (json: unknown): readonly string[] | undefined =>
  Array.isArray(json) && json.every((item) => typeof item === 'string') ? json : undefined;

/** @throws BootletError E_STATE_BROKEN, E_PERMISSION */
export const loadLedger = async ({ state }: Config['paths']): Promise<Ledger> => {
  const ledger = new Ledger(join(state, 'ledger.json'));
  await ledger.load();
  return ledger;
};

/**
 * Reads the ledger and touches nothing else.
 * @param tools what the host's programs are run by
 * @param stopping aborted when the daemon ends: cuts short what waits for Docker
 * @throws BootletError E_STATE_BROKEN, E_PERMISSION
 */
export const networkBase = async (
  config: Config,
  tools = hostTools(process.env),
  stopping?: AbortSignal,
): Promise<NetworkBase> => {
  const { paths, cluster } = config;
  const { restart } = config.network.docker;
  const ledger = await loadLedger(paths);
  const memory = new StateFile({
    path: join(paths.state, POD_CIDRS),
    parse: textsIn,
    withoutIt: 'the range of pod addresses is then waited for until the apiserver answers',
  });
  const run = sharingLooks(tools);
  const iptables = new Iptables(run);
  const forwardChains = new ForwardChains(run);
  const docker = new DockerEngine(config.runtime.docker.endpoint);
  const settings = networkSettings({
    config,
    run,
    iptables,
    forwardChains,
    sysctls: hostSysctls(),
    // Who restarts Docker by a command of his own also starts it at boot.
    bootFault: async () => (Array.isArray(restart) ? undefined : bootUnitFault('/', paths.state)),
    sandboxesOn: (bridge) => sandboxesOn(docker, bridge),
    subnetsOn: (bridge) => subnetsOn(docker, bridge),
    docker,
    stopping,
  });
  return {
    run,
    iptables,
    forwardChains,
    settings,
    ledger,
    memory,
    hostPorts: hostPortsMemory(join(paths.state, HOST_PORTS_MEMORY)),
    hasCluster: hasCluster(cluster),
    forget: async () => {
      for (const name of [POD_CIDRS, DOCKER_MEMORY, HOST_PORTS_MEMORY])
        await rm(join(paths.state, name), { force: true });
    },
    [Symbol.asyncDispose]: () => docker.close(),
  };
};
