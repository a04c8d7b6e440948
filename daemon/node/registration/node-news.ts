import { isDeepStrictEqual } from 'node:util';
import { type Controller, done, input } from '../../reconcile/controller.ts';
import { nodePodCIDRsType } from '../../shared-resources.ts';
import { clusterNodeType } from '../resources.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * Passes on what the cluster says by the Node: the pods' ranges to the network, the labels to the placement. While there
 * is no Node, or no range on it yet, what was said last still holds.
 * @param seeLabels takes labels over for good
 */
export const nodeNewsController = (seeLabels: (labels: Labels) => Promise<void>): Controller => {
  let seen: Labels | undefined;
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
      const labels = metadata?.labels ?? {};
      if (!isDeepStrictEqual(labels, seen)) {
        await seeLabels(labels);
        seen = labels;
      }
      return done;
    },
  };
};
