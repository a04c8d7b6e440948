import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { type ClusterNode, clusterNodeType } from '../node/resources.ts';
import type { Resource } from '../reconcile/resource.ts';
import type { Reader } from '../reconcile/store.ts';
import { ageOf } from './age.ts';
import { changesOf } from './changes.ts';
import type { Collection } from './collection.ts';
import { column } from './column.ts';
import type { ObjectMeta } from './object.ts';

/** The Node as it is served: the store's version is its resourceVersion. Without a uid the cluster has none, or there is none. */
export type ServedNode = Omit<Node, 'metadata'> & {
  readonly apiVersion: 'v1';
  readonly kind: 'Node';
  readonly metadata: NonNullable<Node['metadata']> & ObjectMeta;
};

export interface NodeCollectionInput {
  readonly store: Reader;
  readonly nodeName: string;
  /** The Node as it would be made now. */
  readonly planned: () => Node;
}

const ROLE = 'node-role.kubernetes.io/';

/** As the apiserver's printers tell it (pkg/printers/internalversion printNode), and that there is no such Node in a cluster. */
const statusText = ({ metadata, spec, status }: ServedNode): string => {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  return [
    { True: 'Ready', False: 'NotReady' }[ready ?? ''] ?? 'Unknown',
    ...(spec?.unschedulable === true ? ['SchedulingDisabled'] : []),
    ...(metadata.uid === undefined ? ['NotRegistered'] : []),
  ].join(',');
};

const rolesText = ({ metadata }: ServedNode): string =>
  Object.keys(metadata.labels ?? {})
    .filter((key) => key.startsWith(ROLE))
    .map((key) => key.slice(ROLE.length))
    .join(',') || '<none>';

const addressText = ({ status }: ServedNode, wanted: string): string =>
  status?.addresses?.find(({ type }) => type === wanted)?.address ?? '<none>';

const columns = [
  column<ServedNode>('Name', 'Name of the node', ({ metadata }) => metadata.name),
  column<ServedNode>('Status', 'Whether it is ready, cordoned and registered', statusText),
  column<ServedNode>('Roles', 'Roles by its labels', rolesText),
  column<ServedNode>('Age', 'Time since the Node was made', ({ metadata }, now) =>
    metadata.creationTimestamp === undefined ? '<none>' : ageOf(metadata.creationTimestamp, now),
  ),
  column<ServedNode>(
    'Version',
    'What kubelets call their version',
    ({ status }) => status?.nodeInfo?.kubeletVersion ?? '',
  ),
  column<ServedNode>('Internal-IP', 'Its main address', (node) => addressText(node, 'InternalIP'), 1),
  column<ServedNode>('External-IP', 'Its address from outside', (node) => addressText(node, 'ExternalIP'), 1),
  column<ServedNode>('OS-Image', 'The installed system', ({ status }) => status?.nodeInfo?.osImage ?? '', 1),
  column<ServedNode>(
    'Kernel-Version',
    'The kernel that runs',
    ({ status }) => status?.nodeInfo?.kernelVersion ?? '',
    1,
  ),
  column<ServedNode>(
    'Container-Runtime',
    'The container runtime',
    ({ status }) => status?.nodeInfo?.containerRuntimeVersion ?? '',
    1,
  ),
];

/** This host's Node alone: as the cluster has it, else as it would be made. */
export const nodeCollection = ({ store, nodeName, planned }: NodeCollectionInput): Collection<ServedNode> => {
  const served = (node: Node, version: number): ServedNode => ({
    ...node,
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...node.metadata, name: nodeName, resourceVersion: String(version) },
  });
  const ofResource = ({ value, version }: Resource<ClusterNode>): ServedNode =>
    served(value.state === 'present' ? value.node : planned(), version);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    resource: 'nodes',
    fields: { 'metadata.name': ({ metadata }) => metadata.name },
    columns,
    version: () => store.version,
    list: () => {
      const [resource] = store.list(clusterNodeType);
      return [resource === undefined ? served(planned(), store.version) : ofResource(resource)];
    },
    changes: changesOf(store, clusterNodeType, ofResource),
  };
};
