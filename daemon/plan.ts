import type { Config } from './config/schema.ts';
import { readHostNetwork } from './host/ip/host-network.ts';
import { type NetworkBase, networkBase } from './main/network-base.ts';
import { readFlannelFile } from './network/flannel/flannel-file.ts';
import { planSettings, type SettingPlan } from './network/plan-network.ts';
import { ownAddressesIn, ownBridgesIn, planSpec, type SpecPlan } from './network/plan-spec.ts';
import { abandoned } from './network/pod-network.ts';
import type { NetworkSpec } from './network/resources.ts';

/** What the daemon would do to this host, as it is now. */
export interface HostPlan {
  /** Undefined: nothing is touched, and `why` says what for. */
  readonly spec: NetworkSpec | undefined;
  readonly why: string;
  /** Whether nothing is touched although the host has what bootlet made, which nobody keeps. */
  readonly isAbandoned: boolean;
  readonly settings: readonly SettingPlan[];
}

const untouched = (why: string): HostPlan => ({ spec: undefined, why, isAbandoned: false, settings: [] });
const left = (why: string): HostPlan => ({ ...untouched(why), isAbandoned: true });

/** What the network of this host shall be, with the ports that pods had last. @throws BootletError E_NETWORK_REFUSED for one that the host does not allow */
export const planHostSpec = async (
  { network, nodeName }: Config,
  { run, ledger, memory, hostPorts: ports, hasCluster }: NetworkBase,
): Promise<SpecPlan> => {
  const { subnetFile } = network.flannel;
  const plan = planSpec({
    config: network,
    nodeName,
    hasCluster,
    nodePodCIDRs: await memory.load(),
    flannel: subnetFile === '' ? undefined : await readFlannelFile(subnetFile),
    host: await readHostNetwork(run),
    ownBridges: ownBridgesIn(ledger),
    ownAddresses: ownAddressesIn(ledger),
    previous: undefined,
  });
  const hostPorts = await ports.load();
  return plan.kind !== 'spec' || hostPorts === undefined ? plan : { ...plan, spec: { ...plan.spec, hostPorts } };
};

/**
 * Compares the host with what the configuration, the ledger, and the Node and the ports of pods as they were last seen come to. The daemon need not
 * run, and nothing is changed.
 * @throws BootletError E_NETWORK_REFUSED for a network that the host does not allow
 */
export const planHost = async (config: Config): Promise<HostPlan> => {
  await using base = await networkBase(config);
  const { settings, ledger } = base;
  if (!config.network.manage)
    return ledger.isEmpty ? untouched('network.manage is false') : left(abandoned('NotManaged'));
  const plan = await planHostSpec(config, base);
  switch (plan.kind) {
    case 'none':
      if (!ledger.isEmpty) return left(abandoned('NoPodCIDR'));
      return untouched('neither network.podCIDRs nor a cluster (cluster.servers) gives a range of pod addresses');
    case 'waiting':
      return untouched(plan.message);
    case 'spec':
      return {
        spec: plan.spec,
        why: '',
        isAbandoned: false,
        settings: await planSettings(settings, plan.spec, ledger),
      };
    default:
      return plan satisfies never;
  }
};
