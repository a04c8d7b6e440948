import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { mirrorOf, type StaticPod } from '../../../../daemon/node/mirror/mirror-pod.ts';
import { type MirrorView, planMirror } from '../../../../daemon/node/mirror/plan.ts';
import { aPod } from '../../../support/pod-builders.ts';

const owner = { nodeName: 'n', uid: 'node-1' };

const staticPod = (hash = 'h1', metadata: object = {}): StaticPod => {
  const pod = aPod({}, hash);
  return { ...pod, metadata: { ...pod.metadata, annotations: { 'kubernetes.io/config.hash': hash }, ...metadata } };
};
/** As the cluster has it. */
const boundMirror = (hash = 'h1', metadata: object = {}, ownerUid = 'node-1'): Pod => ({
  metadata: {
    ...{ namespace: 'default', name: 'web-n', uid: 'm1' },
    annotations: { 'kubernetes.io/config.mirror': hash },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: ownerUid, controller: true }],
    ...metadata,
  },
});
const plan = (view: Partial<MirrorView>) =>
  planMirror({ pod: undefined, bound: undefined, isPresent: view.pod !== undefined, owner, ...view }).do;

test('a static pod without a mirror gets one, with the Node as its controller', async (t) => {
  t.equal(plan({ pod: staticPod() }), 'create');
  t.match(mirrorOf(staticPod('h1', { resourceVersion: '5', labels: { app: 'web' } }), owner), {
    metadata: {
      labels: { app: 'web' },
      resourceVersion: undefined,
      annotations: { 'kubernetes.io/config.hash': 'h1', 'kubernetes.io/config.mirror': 'h1' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'node-1', controller: true }],
    },
    spec: aPod().spec,
  });
});

test('a mirror of it shows its status', async (t) => {
  t.equal(plan({ pod: staticPod(), bound: boundMirror() }), 'show');
});

test('a mirror of an earlier manifest, of a Node that was deleted, or that is being deleted, goes', async (t) => {
  const pod = staticPod();
  t.equal(plan({ pod, bound: boundMirror('h0') }), 'delete');
  t.equal(plan({ pod, bound: boundMirror('h1', {}, 'node-0') }), 'delete');
  t.equal(
    plan({ pod, bound: boundMirror('h1', { deletionTimestamp: 'now', deletionGracePeriodSeconds: 30 }) }),
    'delete',
  );
});

test('a mirror that only finalizers hold is waited for', async (t) => {
  const bound = boundMirror('h1', { deletionTimestamp: 'now', deletionGracePeriodSeconds: 0 });
  t.equal(plan({ pod: staticPod(), bound }), 'nothing');
});

test('a pod that is being ended keeps its mirror, and gets none', async (t) => {
  const pod = staticPod('h1', { deletionTimestamp: 'now' });
  t.equal(plan({ pod, bound: boundMirror() }), 'show');
  t.equal(plan({ pod, bound: boundMirror('h2') }), 'nothing');
  t.equal(plan({ pod }), 'nothing');
});

test('a mirror goes once nothing is left of its pod, and not while that is not known', async (t) => {
  t.equal(plan({ bound: boundMirror() }), 'delete');
  t.equal(plan({ bound: boundMirror(), isPresent: true }), 'nothing');
  t.equal(plan({}), 'nothing');
});

test('a pod of somebody else is never touched', async (t) => {
  const bound: Pod = { metadata: { namespace: 'default', name: 'web-n', uid: 'x' } };
  t.equal(plan({ bound }), 'nothing');
  t.equal(plan({ bound, pod: staticPod() }), 'yield');
});
