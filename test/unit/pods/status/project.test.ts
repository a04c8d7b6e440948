import { test } from 'tap';
import { label } from '../../../../daemon/pods/plan/labels.ts';
import { projectPod } from '../../../../daemon/pods/status/project.ts';
import { aContainer, aRun, aSandbox, aSpec, asSeen, at, ended, FIRST_SEEN } from '../../../support/pod-builders.ts';
import { aView, type ViewOptions } from '../../../support/pod-view.ts';

const projected = (options: ViewOptions, status = {}) => {
  const view = aView(options);
  const { pod, uid } = view.wanted ?? aSpec();
  const input = { view, uid, pod: asSeen(pod, status), messages: new Map() };
  return projectPod(input, { hostIPs: ['192.0.2.1'] }).status ?? {};
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

test('a sidecar has started once it runs, and has to be ready as a main container has', async (t) => {
  const readinessProbe = { exec: { command: ['true'] } };
  const wanted = aSpec({ initContainers: [aContainer('side', { restartPolicy: 'Always', readinessProbe })] });
  const side = aRun({ container: 'side' });
  t.match(conditionIn({ wanted, seen: [aSandbox(), side] }, 'Initialized'), { status: 'True' });
  const view = { wanted, seen: [aSandbox(), side, aRun()] };
  t.match(conditionIn(view, 'Ready'), { status: 'False', message: 'containers with unready status: [side]' });
  const probes = { [`${side.id}/readiness`]: 'success' } as const;
  t.match(conditionIn({ ...view, probes }, 'Ready'), { status: 'True' });
});

test('a pod that is initialized stays so, whatever becomes of its sidecars', async (t) => {
  const wanted = aSpec({ initContainers: [aContainer('side', { restartPolicy: 'Always' })] });
  const before = { conditions: [{ type: 'Initialized', status: 'True' }] };
  const seen = [aSandbox(), ended(aRun({ container: 'side' }), 1, at(5))];
  t.match(conditionIn({ wanted, seen }, 'Initialized'), { status: 'False' });
  t.match(conditionIn({ wanted, seen }, 'Initialized', before), { status: 'True' });
});

test('a pod beyond its deadline has failed, while its containers still end', async (t) => {
  const wanted = aSpec({ activeDeadlineSeconds: 60 });
  const status = projected({ wanted, seen: [aSandbox(), aRun()], startedAt: at(0), now: at(60) });
  t.match(status, {
    phase: 'Failed',
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
    containerStatuses: [{ state: { running: {} } }],
  });
});

test('what waits in a pod beyond its deadline is shown as ended once nothing of it runs', async (t) => {
  const waits = { state: { waiting: { reason: 'PodInitializing' } } };
  const lost = { state: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } } };
  const beyond = { startedAt: at(0), now: at(60) };
  const wanted = aSpec({ activeDeadlineSeconds: 60, containers: [aContainer('a'), aContainer('b')] });
  t.match(projected({ wanted, seen: [aSandbox()], ...beyond }).containerStatuses, [lost, lost]);
  const seen = [aSandbox(), aRun({ container: 'a' })];
  t.match(projected({ wanted, seen, ...beyond }).containerStatuses, [
    { state: { running: {} } },
    { state: { waiting: { reason: 'ContainerCreating' } } },
  ]);
  const inits = [aContainer('first'), aContainer('second')];
  const initialising = aSpec({ activeDeadlineSeconds: 60, initContainers: inits });
  t.match(projected({ wanted: initialising, seen: [aSandbox()], ...beyond }), {
    initContainerStatuses: [lost, waits],
    containerStatuses: [waits],
  });
});

test('behind init containers, main ones that wait in a pod beyond its deadline are not shown as ended', async (t) => {
  const wanted = aSpec({ activeDeadlineSeconds: 60, initContainers: [aContainer('first')] });
  const first = ended(aRun({ container: 'first' }), 0, at(1));
  const crashed = ended(aRun({ labels: { [label.backoff]: '10' } }), 1, at(55));
  const status = projected({ wanted, seen: [aSandbox(), first, crashed], startedAt: at(0), now: at(60) });
  t.match(status.containerStatuses, [{ state: { waiting: { reason: 'CrashLoopBackOff' } } }]);
});

test('a sidecar that waited to start again as its pod came to its end is shown as ended', async (t) => {
  const wanted = aSpec({ restartPolicy: 'Never', initContainers: [aContainer('side', { restartPolicy: 'Always' })] });
  const first = ended(aRun({ container: 'side' }), 2, at(1));
  const side = ended(aRun({ container: 'side', attempt: 1, labels: { [label.backoff]: '10' } }), 2, at(50));
  const seen = [aSandbox(), first, side];
  const lastState = { terminated: { exitCode: 2 } };
  t.match(projected({ wanted, seen: [...seen, aRun()], now: at(52) }).initContainerStatuses, [
    { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState },
  ]);
  t.match(projected({ wanted, seen: [...seen, ended(aRun(), 0, at(52))], now: at(52) }), {
    phase: 'Succeeded',
    initContainerStatuses: [
      { state: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } }, lastState, restartCount: 1 },
    ],
  });
});

test('a pod has its start time before its sandbox is there', async (t) => {
  t.equal(projected({}).startTime, FIRST_SEEN);
});

test('amounts are written as the kubelet writes them', async (t) => {
  const containers = [
    aContainer('a', { resources: { limits: { memory: '64Mi' } } }),
    aContainer('b', { resources: { limits: { memory: '67108864' } } }),
  ];
  const wanted = aSpec({ containers });
  const status = projected({ wanted, seen: [aSandbox(), aRun({ container: 'b' })] });
  t.match(status.resources, { limits: { memory: '128Mi' } }, 'a sum as what it begins with');
  t.match(
    status.containerStatuses?.at(1)?.resources,
    { limits: { memory: '64Mi' } },
    'the limit of what runs in binary',
  );
});

test('a pod that came to its end keeps the address it had', async (t) => {
  const wanted = aSpec({ hostNetwork: false, restartPolicy: 'Never' });
  const seen = [aSandbox({ state: 'exited' }), ended(aRun(), 0, at(5))];
  t.match(projected({ wanted, seen }, { podIPs: [{ ip: '10.0.0.2' }] }), { phase: 'Succeeded', podIP: '10.0.0.2' });
});

test('containers are listed by name, with what they were made with', async (t) => {
  const volumeMounts = [{ name: 'data', mountPath: '/data', readOnly: true }];
  const resources = { requests: { cpu: '1000m' } };
  const wanted = aSpec({ containers: [aContainer('b', { resources, volumeMounts }), aContainer('a')] });
  t.match(projected({ wanted, seen: [aSandbox(), aRun({ container: 'b' })] }).containerStatuses, [
    { name: 'a', allocatedResources: undefined },
    {
      name: 'b',
      resources: { requests: { cpu: '1' } },
      allocatedResources: { cpu: '1' },
      volumeMounts: [{ name: 'data', mountPath: '/data', readOnly: true, recursiveReadOnly: 'Disabled' }],
    },
  ]);
});

test('a mount that may be read-only all the way down is told as it was made', async (t) => {
  const volumeMounts = [{ name: 'data', mountPath: '/data', readOnly: true, recursiveReadOnly: 'IfPossible' }];
  const wanted = aSpec({ containers: [aContainer('main', { volumeMounts })] });
  for (const [made, told] of [
    ['true', 'Enabled'],
    ['false', 'Disabled'],
  ] as const) {
    const seen = [aSandbox(), aRun({ labels: { [label.recursiveReadOnly]: made } })];
    t.match(projected({ wanted, seen }).containerStatuses, [{ volumeMounts: [{ recursiveReadOnly: told }] }]);
  }
});

test('the last words of all containers of a pod have 12 KiB together', async (t) => {
  const containers = ['a', 'b', 'c', 'd'].map((name) => aContainer(name));
  const wanted = aSpec({ restartPolicy: 'Never', containers });
  const seen = [aSandbox(), ended(aRun({ container: 'a' }), 1, at(5))];
  const view = aView({ wanted, seen });
  const messages = new Map([['a-uid-1-0', 'x'.repeat(4096)]]);
  const { status } = projectPod({ view, uid: wanted.uid, pod: asSeen(wanted.pod), messages }, { hostIPs: [] });
  t.equal(status?.containerStatuses?.[0]?.state?.terminated?.message?.length, 3072);
});

test('a pod whose containers are all to begin anew says so while they end', async (t) => {
  const exitCodes = { operator: 'In', values: [88] };
  const restartPolicyRules = [{ action: 'RestartAllContainers', exitCodes }];
  const wanted = aSpec({
    containers: [aContainer('main', { restartPolicy: 'Never', restartPolicyRules }), aContainer('other')],
  });
  const type = 'AllContainersRestarting';
  const other = aRun({ container: 'other' });
  t.match(conditionIn({ wanted, seen: [aSandbox(), aRun(), other] }, type), { status: 'False' });
  const seen = [aSandbox(), ended(aRun(), 88, at(5)), other];
  t.match(conditionIn({ wanted, seen }, type), { status: 'True', reason: 'RestartAllContainersStarted' });
  t.match(projected({ wanted, seen }).containerStatuses, [
    {
      state: { waiting: { reason: 'RestartingAllContainers' } },
      lastState: { terminated: { reason: 'RestartingAllContainers', exitCode: 137 } },
      restartCount: 1,
    },
    { state: { running: {} } },
  ]);
});

test('a pod is Ready only when the conditions are True that its readiness gates name', async (t) => {
  const gated = (...types: readonly string[]) => {
    const wanted = aSpec({ readinessGates: types.map((conditionType) => ({ conditionType })) });
    return conditionIn({ wanted, seen: [aSandbox(), aRun()] }, 'Ready');
  };
  t.match(gated('Initialized'), { status: 'True' });
  t.match(gated('example.com/a', 'example.com/b'), {
    status: 'False',
    reason: 'ReadinessGatesNotReady',
    message:
      'corresponding condition of pod readiness gate "example.com/a" does not exist., corresponding condition of pod readiness gate "example.com/b" does not exist.',
  });
});

test('a pod tells what it asks for as a whole: of itself, else what its containers need together', async (t) => {
  const containers = [
    aContainer('a', { resources: { requests: { cpu: '500m', memory: '1Gi' } } }),
    aContainer('b', { resources: { requests: { cpu: '500m' } } }),
  ];
  t.match(projected({ wanted: aSpec({ containers }) }), {
    allocatedResources: { cpu: '1', memory: '1Gi' },
    resources: { requests: { cpu: '1', memory: '1Gi' } },
  });
  const resources = { requests: { cpu: '2' } };
  t.match(projected({ wanted: aSpec({ containers, resources }) }).allocatedResources, { cpu: '2', memory: '1Gi' });
});
