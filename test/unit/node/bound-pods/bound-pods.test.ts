import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { BoundPods } from '../../../../daemon/node/bound-pods/bound-pods.ts';
import { boundPodsListedType, boundPodType } from '../../../../daemon/node/resources.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';

const setUp = () => {
  const store = new Store();
  const pods = store.claim(boundPodType, 'test');
  const bound = new BoundPods({ nodeName: 'n', store, pods, listed: store.claim(boundPodsListedType, 'test') });
  const seen = () => store.list(boundPodType).map(({ id, value }) => `${id}@${value.metadata?.resourceVersion}`);
  return { store, bound, seen };
};
const pod = (uid: string, resourceVersion: string): Pod => ({ metadata: { uid, resourceVersion } });

test('what an own request was answered with is not undone by older news', async (t) => {
  const { bound, seen } = setUp();
  bound.changed(pod('a', '10'));
  bound.changed(pod('a', '9'));
  t.same(seen(), ['a@10']);
  bound.changed(pod('a', '100'));
  t.same(seen(), ['a@100']);
});

test('a list is all there is, also when it is of an etcd that was put back', async (t) => {
  const { store, bound, seen } = setUp();
  t.equal(store.get(boundPodsListedType, 'n'), undefined);
  bound.changed(pod('a', '10'));
  bound.changed(pod('b', '11'));
  bound.replaced([pod('a', '5')]);
  t.same(seen(), ['a@5']);
  t.equal(store.get(boundPodsListedType, 'n'), true);
});
