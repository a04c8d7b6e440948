import type { Node } from 'kubernetes-types/core/v1.d.ts';
import type { Config } from '../../config/schema.ts';
import { wellKnownLabels } from '../../kubernetes/well-known-labels.ts';
import { ownStatus, type StatusInputs } from './status.ts';
import { initialTaints } from './taints.ts';

export type NodeConfig = Pick<Config, 'mode' | 'nodeName' | 'node'>;

/** The labels that this host's Node shall have, beside which it may have others. @param architecture as Node has it */
export const ownLabels = ({ nodeName, node }: NodeConfig, architecture: string): Record<string, string> => ({
  ...wellKnownLabels(nodeName, architecture),
  ...node.labels,
});

/**
 * The Node as it is made (pkg/kubelet/kubelet_node_status.go initialNode), without the annotation by which the
 * attach-detach controller attaches volumes for pods that the scheduler places: none of them starts here.
 */
export const initialNode = (config: NodeConfig, inputs: StatusInputs, now: number): Node => {
  const taints = initialTaints(config);
  const { providerID } = config.node;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: config.nodeName, labels: ownLabels(config, inputs.facts.architecture) },
    spec: { ...(taints.length > 0 && { taints }), ...(providerID && { providerID }) },
    status: ownStatus(inputs, [], now),
  };
};
