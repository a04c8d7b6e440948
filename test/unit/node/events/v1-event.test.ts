import { test } from 'tap';
import { v1Event } from '../../../../daemon/node/events/v1-event.ts';
import type { Event, Subject } from '../../../../daemon/reconcile/events.ts';

const node = { nodeName: 'n', uid: 'node-1' };
const report = (subject: Subject, sequence = 1): Event => ({
  ...{ type: 'Warning', reason: 'Failed', message: 'it failed', subject },
  ...{ sequence, count: 1, first: 0, last: 1000 },
});

test('an event of a static pod names the pod by the uid that its mirror has as hash', async (t) => {
  const subject = {
    kind: 'Pod',
    namespace: 'kube-system',
    name: 'etcd-n',
    uid: 'hash',
    fieldPath: 'spec.containers{etcd}',
  };
  t.same(v1Event(report(subject, 7), node), {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `etcd-n.${(1_000_000_007n).toString(16)}`, namespace: 'kube-system' },
    involvedObject: { apiVersion: 'v1', ...subject },
    type: 'Warning',
    reason: 'Failed',
    message: 'it failed',
    source: { component: 'bootlet', host: 'n' },
    reportingComponent: 'bootlet',
    reportingInstance: 'n',
    firstTimestamp: '1970-01-01T00:00:01Z',
    lastTimestamp: '1970-01-01T00:00:01Z',
    count: 1,
  });
});

test('an event of anything but pods is one of the Node, and tells of what it is', async (t) => {
  const involvedObject = { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'node-1' };
  t.match(v1Event(report({ kind: 'Node', name: 'n' }), node), {
    ...{ metadata: { namespace: 'default' }, involvedObject, message: 'it failed' },
  });
  t.match(v1Event(report({ kind: 'ManifestFolder', name: '/etc/kubernetes/manifests' }), node), {
    ...{ involvedObject, message: '/etc/kubernetes/manifests: it failed' },
  });
});

test('two events of one millisecond have different names', async (t) => {
  const names = [1, 2].map((n) => v1Event(report({ kind: 'Node', name: 'n' }, n), node).metadata.name);
  t.equal(new Set(names).size, 2);
});
