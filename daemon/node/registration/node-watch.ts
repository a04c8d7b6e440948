import type { Node } from 'kubernetes-types/core/v1.d.ts';
import type { Logger } from 'pino';
import { BootletError } from '../../errors.ts';
import { isMap } from '../../host/json-value.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { Reader, Writer } from '../../reconcile/store.ts';
import type { Apiserver } from '../apiserver/apiserver.ts';
import { ListWatch } from '../apiserver/list-watch.ts';
import type { ClusterNode } from '../resources.ts';

export interface NodeWatchOptions {
  readonly nodeName: string;
  readonly apiserver: Apiserver;
  readonly store: Reader;
  readonly nodes: Writer<ClusterNode>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

const isNode = (value: unknown): value is Node => isMap(value) && isMap(value['metadata']);

/** Without what nobody here reads, and what would make each heartbeat a change of kilobytes. @throws BootletError E_APISERVER_ANSWER */
export const decodeNode = (object: unknown): Node => {
  if (!isNode(object)) throw new BootletError('E_APISERVER_ANSWER', 'the apiserver sends a Node that is none');
  const { managedFields, ...metadata } = object.metadata ?? {};
  return { ...object, metadata };
};

/** Keeps the store's ClusterNode as the cluster has it; as it was last seen while no server answers. */
export const nodeWatch = ({ nodeName, nodes, ...rest }: NodeWatchOptions): ListWatch<Node> => {
  const put = (node: Node | undefined): void =>
    nodes.put(nodeName, node === undefined ? { state: 'absent' } : { state: 'present', node });
  return new ListWatch<Node>({
    ...rest,
    nodeName,
    path: '/api/v1/nodes',
    // All that the apiserver's node authorizer lets a node see.
    query: { fieldSelector: `metadata.name=${nodeName}` },
    decode: decodeNode,
    handler: {
      replaced: ([node]) => put(node),
      changed: put,
      removed: () => put(undefined),
    },
  });
};
