import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { shownStatus, transitionsOf } from '../../../../daemon/node/mirror/status.ts';
import { aPod } from '../../../support/pod-builders.ts';

const condition = (type: string, status: string, lastTransitionTime: string) => ({ type, status, lastTransitionTime });
const ready = (status: string, at: string) => condition('Ready', status, at);
const own = (status: object) => ({ ...aPod(), status });
const shown = (status: object): Pod => ({ metadata: {}, status });

test('a condition that has not changed since before the daemon began is as old as the mirror tells', async (t) => {
  const pod = own({ conditions: [ready('True', 'restart')] });
  const first = transitionsOf(pod.status);
  const mirror = shown({ conditions: [ready('True', 'long ago')] });
  t.match(shownStatus(pod, mirror, first).conditions, [{ lastTransitionTime: 'long ago' }]);
  const flipped = own({ conditions: [ready('True', 'later')] });
  t.match(shownStatus(flipped, mirror, first).conditions, [{ lastTransitionTime: 'later' }], 'it was false meanwhile');
  const changed = shown({ conditions: [ready('False', 'long ago')] });
  t.match(shownStatus(pod, changed, first).conditions, [{ lastTransitionTime: 'restart' }]);
});

test('what others wrote stays: their conditions, claims, and when the pod started', async (t) => {
  const mirror = shown({
    ...{ qosClass: 'Burstable', startTime: 'first', phase: 'Pending', reason: 'Old' },
    resourceClaimStatuses: [{ name: 'gpu' }],
    conditions: [condition('example.com/Fed', 'True', 'x'), ready('False', 'y')],
  });
  const pod = own({ phase: 'Running', startTime: 'second', conditions: [ready('True', 'z')] });
  t.same(shownStatus(pod, mirror, new Map()), {
    ...{ phase: 'Running', qosClass: 'Burstable', startTime: 'first' },
    resourceClaimStatuses: [{ name: 'gpu' }],
    conditions: [condition('example.com/Fed', 'True', 'x'), ready('True', 'z')],
  });
});
