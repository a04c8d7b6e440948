import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/schema.ts';
import { readLinks } from '../host/ip/links.ts';
import { readRoutes } from '../host/ip/routes.ts';
import type { Ledger } from '../host/ledger.ts';
import type { RunTool } from '../host/run-tool.ts';
import type { StateFile } from '../host/state-file.ts';
import { type Controller, done, input } from '../reconcile/controller.ts';
import { nodePodCIDRsType } from '../shared-resources.ts';
import type { HostSetting } from './host-setting.ts';
import { planSpec } from './plan-spec.ts';
import { NETWORK, networkEventType, networkSpecType, SPEC_CONTROLLER, unmanagedType } from './resources.ts';

export interface SpecControllerOptions {
  readonly config: Config['network'];
  readonly nodeName: string;
  readonly hasCluster: boolean;
  readonly run: RunTool;
  readonly settings: readonly HostSetting[];
  readonly ledger: Ledger;
  /** The Node's ranges as they were last seen: the host keeps its network while the apiserver is away. */
  readonly memory: StateFile<readonly string[]>;
}

/**
 * Makes the specification of the network from all that it follows from. One that the host does not allow is refused
 * before anything is touched, and the one before stays.
 */
export const specController = (options: SpecControllerOptions): Controller => {
  const { config, nodeName, hasCluster, run, settings, ledger, memory } = options;
  return {
    name: SPEC_CONTROLLER,
    inputs: [
      input(nodePodCIDRsType, () => [NETWORK]),
      input(networkEventType, ({ id }) => (id === 'links' ? [NETWORK] : [])),
    ],
    outputs: [networkSpecType, unmanagedType],
    async reconcile(_, { store, put, remove }) {
      const seen = store.get(nodePodCIDRsType, nodeName);
      const remembered = await memory.load();
      if (seen !== undefined && !isDeepStrictEqual(seen, remembered)) await memory.save(seen);
      const [links, routes] = await Promise.all([readLinks(run), readRoutes(run)]);
      const nodePodCIDRs = seen ?? remembered;
      const plan = planSpec({ config, nodeName, hasCluster, nodePodCIDRs, host: { links, routes } });
      switch (plan.kind) {
        case 'waiting':
          return { kind: 'wait', for: plan.message };
        case 'none':
          put(unmanagedType, NETWORK, { reason: 'NoPodCIDR' });
          return done;
        case 'spec':
          // A look that refuses throws: nothing is touched for a specification that the host does not allow.
          if (!isDeepStrictEqual(store.get(networkSpecType, NETWORK), plan.spec)) {
            await Promise.all(settings.map((setting) => setting.plan(plan.spec, ledger.of(setting.name))));
          }
          remove(unmanagedType, NETWORK);
          put(networkSpecType, NETWORK, plan.spec);
          return done;
        default:
          return plan satisfies never;
      }
    },
  };
};
