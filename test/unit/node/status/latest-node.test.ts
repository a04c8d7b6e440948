import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { LatestNode } from '../../../../daemon/node/status/latest-node.ts';

const aNode = (resourceVersion: string, uid = 'u'): Node => ({ metadata: { uid, resourceVersion } });

test('the answer to a write is the Node until the watch has come as far', async (t) => {
  const latest = new LatestNode();
  t.same(latest.of(aNode('8')), aNode('8'));
  latest.wrote(aNode('10'));
  t.same(latest.of(aNode('8')), aNode('10'));
  t.same(latest.of(aNode('9')), aNode('10'), 'what it shows was before the write');
  t.same(latest.of(aNode('11')), aNode('11'));
});

test('another Node of the name has nothing to do with what was written', async (t) => {
  const latest = new LatestNode();
  latest.wrote(aNode('10'));
  t.same(latest.of(aNode('9', 'another')), aNode('9', 'another'));
});

test('a watch that goes back is believed: the cluster was restored from a snapshot', async (t) => {
  const latest = new LatestNode();
  latest.of(aNode('8'));
  latest.wrote(aNode('10'));
  t.same(latest.of(aNode('5')), aNode('5'));
});
