import type { Cluster } from '../api/cluster.ts';
import type { ServedNode } from '../api/nodes.ts';
import type { Condition } from '../reconcile/conditions.ts';
import { clusterFacts } from './cluster-text.ts';
import { columns, type Row } from './columns.ts';
import { conditionLines } from './condition-lines.ts';
import type { Io } from './io.ts';

/** The Node for a person to read, with how the host stands to its cluster. */
export const nodeText = async (node: ServedNode, { spec: wanted, status }: Cluster, io: Io): Promise<string> => {
  const { metadata, spec, status: { addresses = [], capacity, allocatable, nodeInfo, conditions = [] } = {} } = node;
  const facts: Row[] = [
    ['Node:', metadata.uid === undefined ? `${metadata.name}, as it would be made` : metadata.name],
    ...(wanted === undefined
      ? [['Cluster:', 'none is configured (cluster.servers)']]
      : await clusterFacts(status, Date.now())),
    ['Addresses:', addresses.map(({ type, address }) => `${address} (${type})`).join(', ')],
    ['Pod ranges:', spec?.podCIDRs?.join(', ') ?? 'none yet'],
    ['Provider:', spec?.providerID ?? 'none'],
    [
      'Taints:',
      (spec?.taints ?? [])
        .map(({ key, value, effect }) => `${value === undefined ? key : `${key}=${value}`}:${effect}`)
        .join(', ') || 'none',
    ],
    ['Labels:', pairs(metadata.labels)],
    ['Capacity:', pairs(capacity)],
    ['Allocatable:', pairs(allocatable)],
    [
      'System:',
      [nodeInfo?.osImage, nodeInfo?.kernelVersion, nodeInfo?.containerRuntimeVersion, nodeInfo?.kubeletVersion].join(
        ', ',
      ),
    ],
    [
      'Machine:',
      `id ${nodeInfo?.machineID || 'unknown'}, system UUID ${nodeInfo?.systemUUID || 'unknown'}, boot ${nodeInfo?.bootID || 'unknown'}`,
    ],
  ];
  return `${columns(facts)}\n${await conditionLines(conditions.map(shown), io)}`;
};

const pairs = (map: Readonly<Record<string, string>> = {}): string =>
  Object.entries(map)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ') || 'none';

type NodeCondition = NonNullable<NonNullable<ServedNode['status']>['conditions']>[number];

const shown = ({ type, status, reason = '', message = '', lastTransitionTime = '' }: NodeCondition): Condition => ({
  type,
  status: status === 'True' || status === 'False' ? status : 'Unknown',
  reason,
  message,
  lastTransitionTime,
});
