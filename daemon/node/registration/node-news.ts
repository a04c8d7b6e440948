import { isDeepStrictEqual } from 'node:util';
import { type Controller, done, input } from '../../reconcile/controller.ts';
import type { EventRing } from '../../reconcile/events.ts';
import { nodePodCIDRsType } from '../../shared-resources.ts';
import { clusterNodeType } from '../resources.ts';

type Labels = Readonly<Record<string, string>>;

export interface NodeNewsOptions {
  /** Takes labels over for good. */
  readonly seeLabels: (labels: Labels) => Promise<void>;
  readonly events: EventRing;
}

/**
 * Passes on what the cluster says by the Node: the pods' ranges to the network, the labels to the placement, and, as an
 * event, whether it was cordoned. While there is no Node, or no range on it yet, what was said last still holds.
 */
export const nodeNewsController = ({ seeLabels, events }: NodeNewsOptions): Controller => {
  let seen: Labels | undefined;
  let wasCordoned = false;

  const noteCordon = (nodeName: string, isCordoned: boolean): void => {
    if (isCordoned === wasCordoned) return;
    wasCordoned = isCordoned;
    const reason = isCordoned ? 'NodeNotSchedulable' : 'NodeSchedulable';
    const message = `Node ${nodeName} status is now: ${reason}`;
    events.report({ type: 'Normal', reason, message, subject: { kind: 'Node', name: nodeName } });
  };

  return {
    name: 'node-news',
    inputs: [input(clusterNodeType)],
    outputs: [nodePodCIDRsType],
    async reconcile(nodeName, { store, put }) {
      const cluster = store.get(clusterNodeType, nodeName);
      if (cluster?.state !== 'present') return done;
      const { metadata, spec } = cluster.node;
      const podCIDRs = spec?.podCIDRs ?? [];
      if (podCIDRs.length > 0) put(nodePodCIDRsType, nodeName, podCIDRs);
      noteCordon(nodeName, spec?.unschedulable ?? false);
      const labels = metadata?.labels ?? {};
      if (!isDeepStrictEqual(labels, seen)) {
        await seeLabels(labels);
        seen = labels;
      }
      return done;
    },
  };
};
