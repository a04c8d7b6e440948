import { test } from 'tap';
import { projectPod } from '../../../../daemon/pods/status/project.ts';
import {
  aContainer,
  aRun,
  aSandbox,
  aSpec,
  at,
  aView,
  ended,
  type ViewOptions,
} from '../../../support/pod-builders.ts';

const projected = (options: ViewOptions, status = {}) => {
  const view = aView(options);
  const { pod, uid } = view.wanted ?? aSpec();
  return (
    projectPod({ view, uid, pod: { ...pod, status }, messages: new Map() }, { hostIPs: ['192.0.2.1'] }).status ?? {}
  );
};

const conditionIn = (options: ViewOptions, type: string, status = {}) =>
  projected(options, status).conditions?.find((c) => c.type === type);

test('a pod that runs has its addresses and is ready', async (t) => {
  const status = projected({
    wanted: aSpec({ hostNetwork: false }),
    seen: [{ ...aSandbox(), ips: ['10.0.0.2'] }, aRun()],
  });
  t.match(status, { phase: 'Running', hostIP: '192.0.2.1', podIP: '10.0.0.2' });
  t.ok(status.conditions?.every((c) => c.status === 'True'));
});

test('a pod in the host’s network has the host’s address', async (t) => {
  t.match(projected({ seen: [aSandbox(), aRun()] }), { podIP: '192.0.2.1' });
});

test('why a sandbox cannot be made is told where containers wait for it', async (t) => {
  const failure = { reason: 'FailedMount', message: 'no /data', failures: 1, retryAt: at(10) };
  const type = 'PodReadyToStartContainers';
  t.match(conditionIn({ failures: new Map([['', failure]]) }, type), {
    status: 'False',
    reason: 'FailedMount',
    message: 'no /data',
  });
  t.equal(conditionIn({}, type)?.reason, undefined);
});

test('a container that is not ready is named', async (t) => {
  t.match(conditionIn({ seen: [aSandbox()] }, 'Ready'), { status: 'False', message: /\[main\]/ });
});

test('a condition keeps the time of its last change', async (t) => {
  const before = { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }] };
  const seen = [aSandbox(), aRun()];
  t.equal(conditionIn({ seen }, 'Ready', before)?.lastTransitionTime, '2026-01-01T00:00:00Z');
  t.not(conditionIn({ seen: [aSandbox()] }, 'Ready', before)?.lastTransitionTime, '2026-01-01T00:00:00Z');
});

test('init containers that are not done keep a pod from being initialized', async (t) => {
  const wanted = aSpec({ initContainers: [aContainer('first'), aContainer('second')] });
  const seen = [aSandbox(), ended(aRun({ container: 'first' }), 0, at(1)), aRun({ container: 'second' })];
  t.match(conditionIn({ wanted, seen }, 'Initialized'), { status: 'False', message: /\[second\]/ });
});
