import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/schema.ts';
import { BootletError } from '../errors.ts';
import { readHostNetwork } from '../host/ip/host-network.ts';
import type { Ledger } from '../host/ledger.ts';
import type { RunTool } from '../host/run-tool.ts';
import type { StateFile } from '../host/state-file.ts';
import type { Clock } from '../reconcile/clock.ts';
import { type Controller, done, input } from '../reconcile/controller.ts';
import { nodePodCIDRsType } from '../shared-resources.ts';
import type { HostSetting } from './host-setting.ts';
import { nextLookAt } from './next-look.ts';
import { ownAddressesIn, ownBridgesIn, planSpec } from './plan-spec.ts';
import {
  flannelFileType,
  NETWORK,
  type NetworkSpec,
  networkEventType,
  networkMonitorType,
  networkSpecType,
  SPEC_CONTROLLER,
  unmanagedType,
} from './resources.ts';

export interface SpecControllerOptions {
  readonly config: Config['network'];
  readonly nodeName: string;
  readonly hasCluster: boolean;
  readonly run: RunTool;
  readonly clock: Clock;
  readonly settings: readonly HostSetting[];
  readonly ledger: Ledger;
  /** The Node's ranges as they were last seen: the host keeps its network while the apiserver is away. */
  readonly memory: StateFile<readonly string[]>;
}

const isRefusal = (error: unknown): boolean =>
  error instanceof BootletError && error.code === 'E_NETWORK_REFUSED' && !error.retryable;

/**
 * Lets every setting look first: nothing is touched for a specification that the host does not allow. A setting that
 * fails in another way is its own trouble later: Docker, for one, may not start before there is its bridge.
 * @throws BootletError E_NETWORK_REFUSED
 */
const checkAllowed = async (
  spec: NetworkSpec,
  { settings, ledger }: Pick<SpecControllerOptions, 'settings' | 'ledger'>,
): Promise<void> => {
  const looks = await Promise.allSettled(settings.map((setting) => setting.plan(spec, ledger.of(setting.name))));
  for (const look of looks) if (look.status === 'rejected' && isRefusal(look.reason)) throw look.reason;
};

/**
 * Makes the specification of the network from all that it follows from. One that the host does not allow is refused
 * before anything is touched, and the one before stays.
 */
export const specController = (options: SpecControllerOptions): Controller => {
  const { config, nodeName, hasCluster, run, clock, ledger, memory } = options;
  const key = (): readonly string[] => [NETWORK];
  return {
    name: SPEC_CONTROLLER,
    inputs: [
      input(nodePodCIDRsType, key),
      input(flannelFileType, key),
      input(networkEventType, ({ id }) => (id === 'links' ? key() : [])),
      input(networkMonitorType, ({ id }) => (id === 'links' ? key() : [])),
    ],
    outputs: [networkSpecType, unmanagedType],
    async reconcile(_, { store, put, remove }) {
      const seen = store.get(nodePodCIDRsType, nodeName);
      const remembered = await memory.load();
      // A Node that has none any more is one that was made anew, and will be given some.
      const hasSeen = seen !== undefined && seen.length > 0;
      const flannel = store.get(flannelFileType, NETWORK);
      const previous = store.get(networkSpecType, NETWORK);
      const plan = planSpec({
        config,
        nodeName,
        hasCluster,
        nodePodCIDRs: hasSeen ? seen : remembered,
        flannel,
        host: await readHostNetwork(run),
        ownBridges: ownBridgesIn(ledger),
        ownAddresses: ownAddressesIn(ledger),
        previous,
      });
      const { pollSeconds } = config;
      const at = nextLookAt({ wokenBy: ['links'], polled: false }, { store, clock, pollSeconds });
      switch (plan.kind) {
        case 'waiting':
          return { kind: 'wait', for: plan.message };
        case 'none':
          put(unmanagedType, NETWORK, { reason: 'NoPodCIDR', isAbandoned: !ledger.isEmpty });
          return done;
        case 'spec':
          if (!isDeepStrictEqual(previous, plan.spec)) await checkAllowed(plan.spec, options);
          remove(unmanagedType, NETWORK);
          put(networkSpecType, NETWORK, plan.spec);
          // Only what was accepted is remembered: else one that is refused would be all that there is after a restart.
          if (hasSeen && !isDeepStrictEqual(seen, remembered)) await memory.save(seen);
          if (flannel?.fault === undefined) return { kind: 'requeue', at };
          return { kind: 'wait', for: `${flannel.fault.message}; what it said before still holds`, at };
        default:
          return plan satisfies never;
      }
    },
  };
};
