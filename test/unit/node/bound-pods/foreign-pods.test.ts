import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { BoundPods } from '../../../../daemon/node/bound-pods/bound-pods.ts';
import { foreignPodsController } from '../../../../daemon/node/bound-pods/foreign-pods.ts';
import { boundPodsListedType, boundPodType, registrationType } from '../../../../daemon/node/resources.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ModelApiserver } from '../../../support/model-apiserver.ts';

const MINUTE = 60_000;

const aPod = (name: string, more: object = {}): Pod => ({
  metadata: { namespace: 'ns', name, uid: `uid-${name}`, resourceVersion: '1', ...more },
});
const deleted = { deletionTimestamp: 'now', deletionGracePeriodSeconds: 30, resourceVersion: '2' };

const setUp = () => {
  const [store, clock, apiserver] = [new Store(), new FakeClock(), new ModelApiserver()];
  const events = new EventRing(clock);
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  const boundPods = new BoundPods({
    ...{ nodeName: 'n', store, pods: store.claim(boundPodType, 'test') },
    listed: store.claim(boundPodsListedType, 'test'),
  });
  engine.add(foreignPodsController({ nodeName: 'n', store, apiserver, boundPods, clock, events }));
  store.claim(registrationType, 'test').put('n', { state: 'registered', uid: 'node-1' });
  engine.start();
  return { store, clock, apiserver, events, boundPods };
};

test('a pod that is not run is told once, and left alone until it is being deleted', async (t) => {
  const { clock, apiserver, events, boundPods } = setUp();
  boundPods.changed(aPod('proxy'));
  await clock.advance(MINUTE);
  boundPods.changed(aPod('proxy', { resourceVersion: '2', labels: { a: 'b' } }));
  await clock.advance(MINUTE);
  t.match(events.list(), [{ reason: 'NotRunByBootlet', count: 1, subject: { name: 'proxy', uid: 'uid-proxy' } }]);
  t.same(apiserver.requests, []);
});

test('one that is being deleted is ended for good, by its uid, once', async (t) => {
  const { store, clock, apiserver, boundPods } = setUp();
  const bodies: unknown[] = [];
  apiserver.before = ({ body }) => bodies.push(body);
  boundPods.changed(aPod('proxy', deleted));
  await clock.advance(MINUTE);
  t.same(apiserver.requests, ['DELETE /api/v1/namespaces/ns/pods/proxy']);
  t.match(bodies, [{ gracePeriodSeconds: 0, preconditions: { uid: 'uid-proxy' } }]);
  t.same(store.list(boundPodType), []);
});

test('one that only finalizers hold, and a mirror, are not asked to go', async (t) => {
  const { clock, apiserver, events, boundPods } = setUp();
  boundPods.changed(aPod('held', { ...deleted, deletionGracePeriodSeconds: 0, finalizers: ['a/b'] }));
  boundPods.changed(aPod('mirror', { ...deleted, annotations: { 'kubernetes.io/config.mirror': 'hash' } }));
  await clock.advance(MINUTE);
  t.same(apiserver.requests, []);
  t.same(
    events.list().map(({ subject }) => subject.name),
    ['held'],
  );
});

test('of pods that are made again and again ten are told, and then one in five minutes', async (t) => {
  const { clock, events, boundPods } = setUp();
  for (let n = 0; n < 15; n++) boundPods.changed(aPod(`proxy-${n}`));
  await clock.advance(0);
  t.equal(events.list().length, 10);
  await clock.advance(5 * MINUTE);
  boundPods.changed(aPod('later'));
  boundPods.changed(aPod('latest'));
  await clock.advance(0);
  t.equal(events.list().length, 11);
});
