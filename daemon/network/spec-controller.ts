import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/schema.ts';
import { readHostNetwork } from '../host/ip/host-network.ts';
import type { Ledger } from '../host/ledger.ts';
import type { RunTool } from '../host/run-tool.ts';
import type { StateFile } from '../host/state-file.ts';
import type { Clock } from '../reconcile/clock.ts';
import { type Controller, done, input } from '../reconcile/controller.ts';
import { nodePodCIDRsType } from '../shared-resources.ts';
import type { HostSetting } from './host-setting.ts';
import { nextLookAt } from './next-look.ts';
import { ownBridgesIn, planSpec } from './plan-spec.ts';
import {
  flannelFileType,
  NETWORK,
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

/** Docker is still on that network, and nobody keeps it: pods would get a broken one. */
const ABANDONED =
  'no range is configured any more, but this host still has the network that bootlet made: bootlet reset --network gives it back, and with network.podCIDRs set again it is kept';

/**
 * Makes the specification of the network from all that it follows from. One that the host does not allow is refused
 * before anything is touched, and the one before stays.
 */
export const specController = (options: SpecControllerOptions): Controller => {
  const { config, nodeName, hasCluster, run, clock, settings, ledger, memory } = options;
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
      if (seen !== undefined && seen.length > 0 && !isDeepStrictEqual(seen, remembered)) await memory.save(seen);
      const flannel = store.get(flannelFileType, NETWORK);
      const previous = store.get(networkSpecType, NETWORK);
      const plan = planSpec({
        config,
        nodeName,
        hasCluster,
        nodePodCIDRs: seen !== undefined && seen.length > 0 ? seen : remembered,
        flannel,
        host: await readHostNetwork(run),
        ownBridges: ownBridgesIn(ledger),
        previous,
      });
      const { pollSeconds } = config;
      const at = nextLookAt({ wokenBy: ['links'], polled: false }, { store, clock, pollSeconds });
      switch (plan.kind) {
        case 'waiting':
          return { kind: 'wait', for: plan.message };
        case 'none':
          if (!ledger.isEmpty) return { kind: 'wait', for: ABANDONED };
          put(unmanagedType, NETWORK, { reason: 'NoPodCIDR' });
          return done;
        case 'spec':
          // A look that refuses throws: nothing is touched for a specification that the host does not allow.
          if (!isDeepStrictEqual(previous, plan.spec)) {
            await Promise.all(settings.map((setting) => setting.plan(plan.spec, ledger.of(setting.name))));
          }
          remove(unmanagedType, NETWORK);
          put(networkSpecType, NETWORK, plan.spec);
          if (flannel?.fault === undefined) return { kind: 'requeue', at };
          return { kind: 'wait', for: `${flannel.fault.message}; what it said before still holds`, at };
        default:
          return plan satisfies never;
      }
    },
  };
};
