import { test } from 'tap';
import type { PodAdmission } from '../../../../daemon/pods/resources.ts';
import { projectPod } from '../../../../daemon/pods/status/project.ts';
import { aRun, aSandbox, aSpec, asSeen, at, ended, FIRST_SEEN } from '../../../support/pod-builders.ts';
import { aView, type ViewOptions } from '../../../support/pod-view.ts';

const statusOf = (admission: PodAdmission, options: ViewOptions = {}) => {
  const view = aView({ ...options, admission });
  const { pod, uid } = view.wanted ?? aSpec();
  return projectPod({ view, uid, pod: asSeen(pod), messages: new Map() }, { hostIPs: [] }).status;
};

const uid = 'uid-1';

test('a rejected pod is Failed, with nothing but the reason', async (t) => {
  t.same(statusOf({ uid, state: 'rejected', reason: 'NodeAffinity', message: 'no match' }), {
    phase: 'Failed',
    reason: 'NodeAffinity',
    message: 'Pod was rejected: no match',
    qosClass: 'BestEffort',
    startTime: FIRST_SEEN,
  });
});

test('a pod that waits for another is Pending, and its containers say why', async (t) => {
  const status = statusOf({ uid, state: 'waiting', reason: 'WaitingForPod', message: 'waits for db' });
  t.match(status, {
    phase: 'Pending',
    containerStatuses: [{ state: { waiting: { reason: 'WaitingForPod', message: 'waits for db' } }, ready: false }],
  });
});

test('a pod that has come to its end waits for nothing', async (t) => {
  const view = { wanted: aSpec({ restartPolicy: 'Never' }), seen: [ended(aRun(), 0, at(5))] };
  const status = statusOf({ uid, state: 'waiting', reason: 'WaitingForPod', message: 'waits for db' }, view);
  t.match(status, { phase: 'Succeeded', containerStatuses: [{ state: { terminated: { exitCode: 0 } } }] });
});

test('a stopped pod runs until its grace is over, then tells how its containers ended', async (t) => {
  const stopped = { uid, state: 'stopped', message: 'it was stopped' } as const;
  t.match(statusOf(stopped, { seen: [aSandbox(), aRun()] }), {
    phase: 'Running',
    reason: 'Stopped',
    containerStatuses: [{ state: { running: {} } }],
  });
  t.match(statusOf(stopped, { seen: [aSandbox({ state: 'exited' }), ended(aRun(), 143, at(5))] }), {
    phase: 'Pending',
    reason: 'Stopped',
    containerStatuses: [{ state: { waiting: { reason: 'Stopped' } }, lastState: { terminated: { exitCode: 143 } } }],
  });
});
