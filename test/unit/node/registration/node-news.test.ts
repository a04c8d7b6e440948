import { test } from 'tap';
import { nodeNewsController } from '../../../../daemon/node/registration/node-news.ts';
import { type ClusterNode, clusterNodeType } from '../../../../daemon/node/resources.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { nodePodCIDRsType } from '../../../../daemon/shared-resources.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const setUp = () => {
  const store = new Store();
  const clock = new FakeClock();
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  const labels: unknown[] = [];
  const events = new EventRing(clock);
  engine.add(nodeNewsController({ seeLabels: async (seen) => void labels.push(seen), events }));
  const nodes = store.claim<ClusterNode>(clusterNodeType, 'test');
  engine.start();
  const see = async (node: ClusterNode) => {
    nodes.put('n1', node);
    await clock.advance(0);
  };
  return { see, labels, events, podCIDRs: () => store.get(nodePodCIDRsType, 'n1') };
};

test('the range outlives the Node, until a new one has another', async (t) => {
  const { see, podCIDRs } = setUp();
  await see({ state: 'present', node: {} });
  t.equal(podCIDRs(), undefined);
  await see({ state: 'present', node: { spec: { podCIDRs: ['10.1.0.0/24', 'fd00::/64'] } } });
  t.same(podCIDRs(), ['10.1.0.0/24', 'fd00::/64']);
  await see({ state: 'absent' });
  await see({ state: 'present', node: {} });
  t.same(podCIDRs(), ['10.1.0.0/24', 'fd00::/64']);
  await see({ state: 'present', node: { spec: { podCIDRs: ['10.2.0.0/24'] } } });
  t.same(podCIDRs(), ['10.2.0.0/24']);
});

test('labels are told when they change, not with every heartbeat', async (t) => {
  const { see, labels } = setUp();
  await see({ state: 'present', node: { metadata: { labels: { a: '1' }, resourceVersion: '1' } } });
  await see({ state: 'present', node: { metadata: { labels: { a: '1' }, resourceVersion: '2' } } });
  await see({ state: 'present', node: { metadata: { resourceVersion: '3' } } });
  t.same(labels, [{ a: '1' }, {}]);
});

test('a cordon is an event, and its end is another', async (t) => {
  const { see, events } = setUp();
  await see({ state: 'present', node: {} });
  await see({ state: 'present', node: { spec: { unschedulable: true } } });
  await see({ state: 'present', node: { metadata: { resourceVersion: '2' }, spec: { unschedulable: true } } });
  await see({ state: 'present', node: {} });
  t.same(
    events.list().map(({ reason }) => reason),
    ['NodeNotSchedulable', 'NodeSchedulable'],
  );
});
