import { test } from 'tap';
import { planPod } from '../../../../daemon/pods/plan/plan.ts';
import { aRun, aSandbox, aSpec, at, ended } from '../../../support/pod-builders.ts';
import { aView } from '../../../support/pod-view.ts';

const wanted = aSpec({ activeDeadlineSeconds: 60, restartPolicy: 'Never' });
const startedAt = at(0);

test('a pod is looked at again when its deadline comes', async (t) => {
  t.same(planPod(aView({ wanted, startedAt, seen: [aSandbox(), aRun()], now: at(59) })), { steps: [], wakeAt: at(60) });
});

test('a pod that is active beyond its deadline is ended, and nothing of it is started again', async (t) => {
  const view = { wanted, startedAt, now: at(60) };
  t.match(planPod(aView({ ...view, seen: [aSandbox(), aRun()] })).steps, [
    { do: 'stop', id: 'main-uid-1-0', reason: 'deadline', graceSeconds: 30 },
  ]);
  t.same(planPod(aView({ ...view, seen: [] })).steps, []);
  const always = aSpec({ activeDeadlineSeconds: 60 });
  const seen = [aSandbox({ state: 'exited' }), ended(aRun(), 143, at(61))];
  t.same(planPod(aView({ ...view, wanted: always, seen, now: at(999) })), { steps: [] });
});

test('a pod that came to its end before its deadline has none', async (t) => {
  const seen = [aSandbox({ state: 'exited' }), ended(aRun(), 0, at(59))];
  t.same(planPod(aView({ wanted, startedAt, seen, now: at(100) })), { steps: [] });
});
