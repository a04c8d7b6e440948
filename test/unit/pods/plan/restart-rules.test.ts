import { test } from 'tap';
import { label } from '../../../../daemon/pods/plan/labels.ts';
import { planPod } from '../../../../daemon/pods/plan/plan.ts';
import type { Container } from '../../../../daemon/pods/v1.ts';
import { aContainer, aRun, aSandbox, aSpec, at, ended, present } from '../../../support/pod-builders.ts';
import { aView } from '../../../support/pod-view.ts';

const rule = (operator: 'In' | 'NotIn', values: number[], action = 'Restart') => ({
  action,
  exitCodes: { operator, values },
});

/** Whether a container of this kind is started again after it ended so, beside one that runs. */
const runsAgain = (more: Partial<Container>, exitCode: number, pod = 'Always'): boolean =>
  planPod(
    aView({
      wanted: aSpec({ restartPolicy: pod, containers: [aContainer('main', more), aContainer('other')] }),
      seen: [aSandbox(), aRun({ container: 'other' }), ended(aRun(), exitCode, at(5))],
      images: { main: present(1) },
      now: at(6),
    }),
  ).steps.some((step) => step.do === 'create-container');

test('a container’s own restart policy goes before its pod’s', async (t) => {
  t.notOk(runsAgain({ restartPolicy: 'Never' }, 1));
  t.ok(runsAgain({ restartPolicy: 'Always' }, 0, 'Never'));
  t.notOk(runsAgain({ restartPolicy: 'OnFailure' }, 0));
  t.ok(runsAgain({ restartPolicy: 'OnFailure' }, 1, 'Never'));
});

test('a rule about an exit code goes before the policy', async (t) => {
  const only42 = { restartPolicy: 'Never', restartPolicyRules: [rule('In', [42])] };
  t.ok(runsAgain(only42, 42));
  t.notOk(runsAgain(only42, 41));
  const allBut42 = { restartPolicy: 'Never', restartPolicyRules: [rule('NotIn', [42, 43])] };
  t.ok(runsAgain(allBut42, 1));
  t.notOk(runsAgain(allBut42, 43));
});

test('an init container with rules of its own is tried again, or fails the pod', async (t) => {
  const init = aContainer('init', { restartPolicy: 'Never', restartPolicyRules: [rule('In', [3])] });
  const stepsAfter = (exitCode: number) =>
    planPod(
      aView({
        wanted: aSpec({ initContainers: [init] }),
        seen: [aSandbox(), ended(aRun({ container: 'init' }), exitCode, at(5))],
        images: { init: present(1) },
        now: at(6),
      }),
    ).steps;
  t.match(stepsAfter(3), [{ do: 'create-container', container: 'init', attempt: 1 }]);
  t.match(stepsAfter(4), [{ do: 'kill', id: 'sandbox-uid-1-0' }]);
});

const all = aSpec({
  initContainers: [aContainer('init')],
  containers: [
    aContainer('main', {
      restartPolicy: 'Never',
      restartPolicyRules: [rule('In', [88], 'RestartAllContainers')],
    }),
    aContainer('other', { restartPolicy: 'Never' }),
  ],
});
const init = ended(aRun({ container: 'init' }), 0, at(1));
const trigger = ended(aRun({ labels: { [label.backoff]: '10' } }), 88, at(5));
const other = aRun({ container: 'other' });

test('an end that restarts all containers ends the others, then begins with the init containers, without back-off', async (t) => {
  const images = { init: present(1), main: present(1), other: present(1) };
  const stepsWith = (...seen: ReturnType<typeof aRun>[]) =>
    planPod(aView({ wanted: all, images, seen: [aSandbox(), ...seen], now: at(6) })).steps;
  t.match(stepsWith(init, trigger, other), [{ do: 'stop', id: other.id, reason: 'restart-all', graceSeconds: 0 }]);
  const gone = ended(other, 137, at(6));
  t.match(stepsWith(init, trigger, gone), [{ do: 'create-container', container: 'init', attempt: 1, life: 1 }]);
  const second = { [label.life]: '1' };
  const initAgain = ended(aRun({ container: 'init', attempt: 1, labels: second }), 0, at(6));
  t.match(stepsWith(init, trigger, gone, initAgain), [
    { do: 'create-container', container: 'main', attempt: 1, life: 1, backoffSeconds: 10 },
    { do: 'create-container', container: 'other', attempt: 1, life: 1 },
  ]);
});

test('a pod that began anew ends as any other', async (t) => {
  const second = { [label.life]: '1' };
  const seen = [
    aSandbox(),
    trigger,
    ended(aRun({ container: 'init', attempt: 1, labels: second }), 0, at(6)),
    ended(aRun({ attempt: 1, labels: second }), 0, at(7)),
    ended(aRun({ container: 'other', attempt: 1, labels: second }), 0, at(7)),
  ];
  t.same(planPod(aView({ wanted: all, seen, now: at(9) })).steps, [{ do: 'kill', id: 'sandbox-uid-1-0' }]);
});

test('after a kill by a probe the policy counts and not the exit code', async (t) => {
  const createsWith = (more: Partial<Container>, restartPolicy: string) =>
    planPod(
      aView({
        wanted: aSpec({ restartPolicy, containers: [aContainer('main', more), aContainer('other')] }),
        seen: [aSandbox(), aRun({ container: 'other' }), ended(aRun(), 0, at(5))],
        stops: { 'main-uid-1-0': { reason: 'liveness' } },
        images: { main: present(1) },
        now: at(6),
      }),
    ).steps.length > 0;
  t.ok(createsWith({}, 'OnFailure'));
  t.notOk(createsWith({}, 'Never'));
  t.ok(createsWith({ restartPolicy: 'OnFailure' }, 'Never'));
});

test('an end that lies in the future, for the clock was set back, is not waited for', async (t) => {
  const last = ended(aRun({ createdAt: at(3500), labels: { [label.backoff]: '300' } }), 1, at(3600));
  const view = { seen: [aSandbox(), last], images: { main: present(1) }, now: at(10) };
  t.match(planPod(aView(view)).steps, [{ do: 'create-container', attempt: 1, backoffSeconds: 300 }]);
});
