import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { nodeCollection } from '../../../daemon/api/nodes.ts';
import { tableOf } from '../../../daemon/api/table.ts';
import { clusterNodeType } from '../../../daemon/node/resources.ts';
import { Store } from '../../../daemon/reconcile/store.ts';

const aHost = () => {
  const store = new Store();
  const planned = (): Node => ({ metadata: { name: 'n', labels: { pool: 'a' } } });
  return {
    store,
    node: store.claim(clusterNodeType, 'test'),
    nodes: nodeCollection({ store, nodeName: 'n', planned }),
  };
};

const inCluster: Node = {
  metadata: {
    name: 'n',
    uid: 'u',
    resourceVersion: '987654',
    creationTimestamp: '1970-01-01T00:00:00Z',
    labels: { 'node-role.kubernetes.io/control-plane': '' },
  },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};

const row = ({ nodes }: ReturnType<typeof aHost>) => {
  const options = { rowObject: 'None', withColumns: false, now: 60_000, resourceVersion: '1' } as const;
  return tableOf(nodes, nodes.list(), options).rows[0]?.cells.slice(0, 5);
};

test('a host that is in no cluster shows the Node that it would make', async (t) => {
  const host = aHost();
  t.match(host.nodes.list(), [{ kind: 'Node', metadata: { name: 'n', labels: { pool: 'a' } } }]);
  t.same(row(host), ['n', 'Unknown,NotRegistered', '<none>', '<none>', '']);
});

test("one in a cluster shows the cluster's Node, with the version of the local API", async (t) => {
  const host = aHost();
  host.node.put('n', { state: 'present', node: inCluster });
  t.match(host.nodes.list(), [{ metadata: { uid: 'u', resourceVersion: String(host.store.version) } }]);
  t.same(row(host), ['n', 'Ready', 'control-plane', '60s', '']);
  host.node.put('n', { state: 'present', node: { ...inCluster, spec: { unschedulable: true } } });
  t.match(row(host), ['n', 'Ready,SchedulingDisabled']);
});

test('a Node that is deleted in the cluster is shown as it will be made again', async (t) => {
  const host = aHost();
  const seen: (string | undefined)[] = [];
  host.nodes.changes.watch(({ object }) => seen.push(object.metadata.uid));
  host.node.put('n', { state: 'present', node: inCluster });
  host.node.put('n', { state: 'absent' });
  t.same(seen, ['u', undefined]);
  t.match(row(host), ['n', 'Unknown,NotRegistered']);
});
