import { test } from 'tap';
import { label } from '../../../../daemon/pods/plan/labels.ts';
import { planPod } from '../../../../daemon/pods/plan/plan.ts';
import { aContainer, aRun, aSandbox, aSpec, at, ended, present } from '../../../support/pod-builders.ts';
import { aView } from '../../../support/pod-view.ts';

const create = (container: string, attempt = 0, backoffSeconds = 0) => ({
  do: 'create-container',
  container,
  attempt,
  sandboxId: 'sandbox-uid-1-0',
  imageId: 'sha256:app',
  backoffSeconds,
  life: 0,
});

test('a pod that is new gets a sandbox, and its images are asked for meanwhile', async (t) => {
  t.same(planPod(aView()).steps, [
    { do: 'create-sandbox', attempt: 0 },
    { do: 'request-image', container: 'main', attempt: 0 },
  ]);
});

test('a sandbox whose image may have to be pulled is made once that is there', async (t) => {
  const sandboxImage = 'pause:9';
  const main = present();
  const asked = { do: 'request-image', container: '' };
  t.same(planPod(aView({ sandboxImage, images: { main } })).steps, [{ ...asked, attempt: 0 }]);
  const pulling = { attempt: 0, image: 'pause:9', state: 'pulling', message: '' } as const;
  t.same(planPod(aView({ sandboxImage, images: { main, '': pulling } })).steps, []);
  const images = { main, '': present(0, 'pause:9') };
  t.same(planPod(aView({ sandboxImage, images })).steps, [{ do: 'create-sandbox', attempt: 0 }]);
  const lost = ended(aSandbox(), 0, at(1));
  t.same(planPod(aView({ sandboxImage, images, seen: [lost] })).steps, [{ ...asked, attempt: 1 }], 'for each anew');
});

test('a container is created while its sandbox starts', async (t) => {
  const seen = [aSandbox({ state: 'created' })];
  t.same(planPod(aView({ seen, images: { main: present() } })).steps, [
    { do: 'start-sandbox', id: 'sandbox-uid-1-0' },
    create('main'),
  ]);
});

test('a container whose environment holds the pod IP is created once the sandbox runs', async (t) => {
  const containers = [
    aContainer('main', { env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }] }),
  ];
  const view = { wanted: aSpec({ containers }), images: { main: present() } };
  t.same(planPod(aView({ ...view, seen: [aSandbox({ state: 'created' })] })).steps, [
    { do: 'start-sandbox', id: 'sandbox-uid-1-0' },
  ]);
  t.same(planPod(aView({ ...view, seen: [aSandbox()] })).steps, [create('main')]);
});

test('a container is started only in a running sandbox', async (t) => {
  const fresh = aRun({ state: 'created', startedAt: 0 });
  t.same(planPod(aView({ seen: [aSandbox({ state: 'created' }), fresh] })).steps, [
    { do: 'start-sandbox', id: 'sandbox-uid-1-0' },
  ]);
  t.same(planPod(aView({ seen: [aSandbox(), fresh] })).steps, [
    { do: 'start-container', container: 'main', id: 'main-uid-1-0', sandboxId: 'sandbox-uid-1-0' },
  ]);
});

test('a pod that runs needs nothing', async (t) => {
  t.same(planPod(aView({ seen: [aSandbox(), aRun()] })), { steps: [] });
});

test('init containers run one after another, and main containers after the last', async (t) => {
  const wanted = aSpec({ initContainers: [aContainer('one'), aContainer('two')] });
  const images = { one: present(), two: present(), main: present() };
  const one = ended(aRun({ container: 'one' }), 0, at(1));
  const two = aRun({ container: 'two' });
  t.same(planPod(aView({ wanted, images, seen: [aSandbox()] })).steps, [create('one')]);
  t.same(planPod(aView({ wanted, images, seen: [aSandbox(), one] })).steps, [create('two')]);
  t.same(planPod(aView({ wanted, images, seen: [aSandbox(), one, two] })).steps, []);
  t.same(planPod(aView({ wanted, images, seen: [aSandbox(), one, ended(two, 0, at(2))] })).steps, [create('main')]);
});

test('an init container that fails is tried again with back-off, and ends a Never pod', async (t) => {
  const failed = ended(aRun({ container: 'one', labels: { [label.backoff]: '10' } }), 1, at(5));
  const view = (restartPolicy: string, now: number) =>
    aView({
      wanted: aSpec({ restartPolicy, initContainers: [aContainer('one')] }),
      images: { one: present(1) },
      seen: [aSandbox(), failed],
      now,
    });
  t.same(planPod(view('Always', at(14))), { steps: [], wakeAt: at(15) });
  t.same(planPod(view('Always', at(15))).steps, [create('one', 1, 20)]);
  t.same(planPod(view('Never', at(15))).steps, [{ do: 'kill', id: 'sandbox-uid-1-0' }]);
});

test('init containers are not run again for a main container that restarts, though no trace of them is left', async (t) => {
  const wanted = aSpec({ initContainers: [aContainer('one')] });
  const seen = [aSandbox(), ended(aRun(), 1, at(5))];
  t.same(planPod(aView({ wanted, seen, images: { main: present(1) }, now: at(6) })).steps, [create('main', 1, 10)]);
});

test('a restart policy decides by the exit code', async (t) => {
  const restarts = (restartPolicy: string, exitCode: number): boolean =>
    planPod(
      aView({
        wanted: aSpec({ restartPolicy }),
        seen: [aSandbox(), ended(aRun(), exitCode, at(5))],
        images: { main: present(1) },
        now: at(6),
      }),
    ).steps.some((step) => step.do === 'create-container');
  t.ok(restarts('Always', 0));
  t.ok(restarts('Always', 1));
  t.ok(restarts('OnFailure', 1));
  t.notOk(restarts('OnFailure', 0));
  t.notOk(restarts('Never', 1));
});

test('a pod whose containers have all ended for good lets its sandbox go and gets no other', async (t) => {
  const wanted = aSpec({ restartPolicy: 'OnFailure' });
  const done = ended(aRun(), 0, at(5));
  t.same(planPod(aView({ wanted, seen: [aSandbox(), done] })).steps, [{ do: 'kill', id: 'sandbox-uid-1-0' }]);
  t.same(planPod(aView({ wanted, seen: [aSandbox({ state: 'exited' }), done] })).steps, []);
});

test('a container that failed its liveness probe is stopped with the grace of the probe, else of the pod', async (t) => {
  const graceOf = (terminationGracePeriodSeconds?: number) => {
    const livenessProbe = {
      failureThreshold: 1,
      ...(terminationGracePeriodSeconds === undefined ? {} : { terminationGracePeriodSeconds }),
    };
    const wanted = aSpec({ containers: [aContainer('main', { livenessProbe })] });
    const [step] = planPod(
      aView({ wanted, seen: [aSandbox(), aRun()], probes: { 'main-uid-1-0/liveness': 'failure' } }),
    ).steps;
    return step?.do === 'stop' ? [step.reason, step.graceSeconds] : step;
  };
  t.same(graceOf(), ['liveness', 30]);
  t.same(graceOf(3), ['liveness', 3]);
  t.same(graceOf(1), ['liveness', 1], 'of which two seconds are left at least once the signal was sent');
});

test('what was asked to end is killed when its grace is over, and once', async (t) => {
  const view = (now: number, killed: boolean) =>
    aView({
      wanted: undefined,
      seen: [aSandbox(), aRun()],
      stops: { 'main-uid-1-0': { killAt: at(30), killed } },
      now,
    });
  t.same(planPod(view(at(29), false)), { steps: [], wakeAt: at(30) });
  t.same(planPod(view(at(30), false)).steps, [{ do: 'kill', id: 'main-uid-1-0' }]);
  t.same(planPod(view(at(31), true)).steps, []);
});

test('a pod that is no longer wanted ends its containers first, then its sandbox, then leaves no trace', async (t) => {
  const view = (...seen: Parameters<typeof aSandbox>[0][] & ReturnType<typeof aRun>[]) =>
    aView({ wanted: undefined, seen });
  const stop = {
    do: 'stop',
    id: 'main-uid-1-0',
    graceSeconds: 30,
    reason: 'deleted',
    message: 'Stopping container main',
    signal: true,
  };
  const gone = ended(aRun(), 0, at(5));
  t.same(planPod(view(aSandbox(), aRun())).steps, [stop]);
  t.same(planPod(view(aSandbox(), gone)).steps, [{ do: 'kill', id: 'sandbox-uid-1-0' }]);
  t.same(planPod(view(aSandbox({ state: 'exited' }), gone)).steps, [{ do: 'remove', id: 'main-uid-1-0' }]);
  t.same(planPod(view(aSandbox({ state: 'exited' }))).steps, [{ do: 'remove', id: 'sandbox-uid-1-0' }]);
});

test('an edited pod is made ready while the old one ends, and started the moment it has', async (t) => {
  const wanted = aSpec({}, 'uid-2');
  const images = { main: present() };
  const old = [aSandbox(), aRun()];
  const fresh = [aSandbox({ state: 'created' }, 'uid-2'), aRun({ state: 'created', startedAt: 0 }, 'uid-2')];
  const stops = { 'main-uid-1-0': { reason: 'replaced' as const } };
  t.match(planPod(aView({ wanted, images, seen: old })).steps, [
    { do: 'stop', id: 'main-uid-1-0' },
    { do: 'create-sandbox' },
  ]);
  t.same(planPod(aView({ wanted, images, stops, seen: [...old, ...fresh] })).steps, []);
  const oldEnded = [aSandbox(), ended(aRun(), 0, at(5))];
  t.same(planPod(aView({ wanted, images, stops, seen: [...oldEnded, ...fresh] })).steps, [
    { do: 'kill', id: 'sandbox-uid-1-0' },
    { do: 'start-sandbox', id: 'sandbox-uid-2-0' },
  ]);
});

test('an edited pod that publishes a port waits for the sandbox that holds it', async (t) => {
  const containers = [aContainer('main', { ports: [{ containerPort: 80, hostPort: 80 }] })];
  const wanted = aSpec({ hostNetwork: false, containers }, 'uid-2');
  const seen = [
    aSandbox(),
    ended(aRun(), 0, at(5)),
    aSandbox({ state: 'created' }, 'uid-2'),
    aRun({ state: 'created', startedAt: 0 }, 'uid-2'),
  ];
  t.same(planPod(aView({ wanted, seen, images: { main: present() } })).steps, [{ do: 'kill', id: 'sandbox-uid-1-0' }]);
});

test('a pod whose sandbox is lost is ended and begun again in a new one, init containers included', async (t) => {
  const wanted = aSpec({ initContainers: [aContainer('one')] });
  const images = { one: present(1), main: present(1) };
  const lost = aSandbox({ state: 'exited' });
  const one = ended(aRun({ container: 'one' }), 0, at(1));
  t.match(planPod(aView({ wanted, images, seen: [lost, one, aRun()] })).steps, [
    { do: 'stop', id: 'main-uid-1-0', reason: 'sandbox-lost' },
  ]);
  const main = ended(aRun(), 137, at(9));
  t.match(planPod(aView({ wanted, images, seen: [lost, one, main] })).steps, [{ do: 'create-sandbox', attempt: 1 }]);
  const next = aSandbox({ attempt: 1 });
  t.same(planPod(aView({ wanted, images, seen: [lost, next, one, main] })).steps, [
    { ...create('one', 1, 0), sandboxId: 'sandbox-uid-1-1' },
  ]);
});

test('beside another owner of the folder nothing is made, started or replaced, but what is gone from it ends', async (t) => {
  const held = { hold: 'a kubelet', images: { main: present() } };
  t.same(planPod(aView(held)).steps, []);
  t.same(planPod(aView({ ...held, seen: [aSandbox({ state: 'created' })] })).steps, []);
  t.same(planPod(aView({ ...held, wanted: aSpec({}, 'uid-2'), seen: [aSandbox(), aRun()] })).steps, []);
  t.match(planPod(aView({ ...held, wanted: undefined, seen: [aSandbox(), aRun()] })).steps, [{ do: 'stop' }]);
});

test('a restart that was asked for stops what was made before and starts it without back-off', async (t) => {
  const view = { restartBefore: at(10), images: { main: present(1) }, now: at(11) };
  t.match(planPod(aView({ ...view, seen: [aSandbox(), aRun()] })).steps, [{ do: 'stop', reason: 'restart-requested' }]);
  const last = ended(aRun({ labels: { [label.backoff]: '300' } }), 0, at(10));
  t.same(planPod(aView({ ...view, seen: [aSandbox(), last] })).steps, [create('main', 1, 300)]);
  t.same(planPod(aView({ ...view, seen: [aSandbox(), aRun({ attempt: 1, createdAt: at(11) }), last] })).steps, []);
});

test('a Never pod that was taken away and put back while it ended runs again', async (t) => {
  const wanted = aSpec({ restartPolicy: 'Never' });
  const seen = [aSandbox(), ended(aRun(), 143, at(5))];
  const stops = { 'main-uid-1-0': { reason: 'deleted' as const } };
  t.same(planPod(aView({ wanted, seen, stops, images: { main: present(1) } })).steps, [create('main', 1, 0)]);
});

test('the last ended run of a container is kept and older ones go', async (t) => {
  const seen = [
    aSandbox(),
    aRun({ attempt: 2 }),
    ended(aRun({ attempt: 1 }), 1, at(2)),
    ended(aRun({ attempt: 0 }), 1, at(1)),
  ];
  t.same(planPod(aView({ seen })).steps, [{ do: 'remove', id: 'main-uid-1-0' }]);
});

test('a step that failed waits for its time', async (t) => {
  const failures = new Map([['main', { reason: 'CreateContainerError', message: '', failures: 1, retryAt: at(3) }]]);
  const view = { seen: [aSandbox()], images: { main: present() }, failures };
  t.same(planPod(aView({ ...view, now: at(2) })), { steps: [], wakeAt: at(3) });
  t.same(planPod(aView({ ...view, now: at(3) })).steps, [create('main')]);
});

test('an image that is there for an earlier start is asked for again', async (t) => {
  const seen = [aSandbox(), ended(aRun(), 1, at(5))];
  t.same(planPod(aView({ seen, images: { main: present(0) }, now: at(6) })).steps, [
    { do: 'request-image', container: 'main', attempt: 1 },
  ]);
});

test('nothing is made of a pod before it is admitted, and what runs of it is left alone', async (t) => {
  const waiting = { uid: 'uid-1', state: 'waiting', reason: 'WaitingForPod', message: '' } as const;
  for (const admission of [undefined, waiting]) {
    t.same(planPod(aView({ admission })).steps, []);
    t.same(planPod(aView({ admission, seen: [aSandbox(), aRun()] })).steps, []);
  }
});

test('a pod that is not admitted ends its predecessor all the same', async (t) => {
  const view = { wanted: aSpec({}, 'uid-2'), admission: undefined, seen: [aSandbox(), aRun()] };
  t.match(planPod(aView(view)).steps, [{ do: 'stop', id: 'main-uid-1-0', reason: 'replaced' }]);
});

test('a pod that is stopped ends with grace, keeps its last runs, and runs again once it is admitted', async (t) => {
  const admission = { uid: 'uid-1', state: 'stopped', message: '' } as const;
  const gone = ended(aRun(), 0, at(5));
  t.match(planPod(aView({ admission, seen: [aSandbox(), aRun()] })).steps, [{ do: 'stop', reason: 'stopped' }]);
  t.match(planPod(aView({ admission, seen: [aSandbox(), gone] })).steps, [{ do: 'kill', id: 'sandbox-uid-1-0' }]);
  const seen = [aSandbox({ state: 'exited' }), gone];
  t.same(planPod(aView({ admission, seen })).steps, []);
  const wanted = aSpec({ restartPolicy: 'Never' });
  const stops = { [gone.id]: { reason: 'stopped' as const } };
  t.match(planPod(aView({ wanted, seen, stops, images: { main: present(1) } })).steps, [
    { do: 'create-sandbox', attempt: 1 },
  ]);
});

test('a container whose image changes under its uid is restarted whatever its policy, other changes wait for its next start', async (t) => {
  const wanted = aSpec({
    restartPolicy: 'Never',
    containers: [aContainer('main', { image: 'app:2', command: ['new'] })],
  });
  const old = aRun({ labels: { [label.image]: 'app:1' } });
  t.match(planPod(aView({ wanted, seen: [aSandbox(), old] })).steps, [
    { do: 'stop', reason: 'changed', message: 'Container main definition changed, will be restarted' },
  ]);
  const stops = { [old.id]: { reason: 'changed' as const } };
  const images = { main: present(1, 'app:2') };
  t.match(planPod(aView({ wanted, images, stops, seen: [aSandbox(), ended(old, 0, at(5))] })).steps, [
    { do: 'create-container', container: 'main', attempt: 1 },
  ]);
  const now = aRun({ labels: { [label.image]: 'app:2' } });
  t.same(planPod(aView({ wanted, seen: [aSandbox(), now] })).steps, []);
});

test('with the last container that may run a failed probe ends the whole pod, with its own grace', async (t) => {
  const livenessProbe = { httpGet: { port: 80 }, terminationGracePeriodSeconds: 3 };
  const containers = [aContainer('main', { livenessProbe }), aContainer('other')];
  const wanted = aSpec({ restartPolicy: 'Never', containers });
  const probes = { 'main-uid-1-0/liveness': 'failure' } as const;
  const other = aRun({ container: 'other' });
  const stopsOf = (...seen: readonly (typeof other)[]) => planPod(aView({ wanted, seen, probes })).steps;
  t.match(stopsOf(aSandbox(), aRun(), other), [
    { id: 'main-uid-1-0', reason: 'liveness', graceSeconds: 3, message: 'Container main failed liveness probe' },
  ]);
  const stop = { do: 'stop', reason: 'finished', graceSeconds: 30, message: 'Stopping container main' };
  t.match(stopsOf(aSandbox(), aRun(), ended(other, 0, at(1))), [stop]);
  const isRestarted = aSpec({ restartPolicy: 'OnFailure', containers });
  t.match(planPod(aView({ wanted: isRestarted, seen: [aSandbox(), aRun(), ended(other, 0, at(1))], probes })).steps, [
    { reason: 'liveness', graceSeconds: 3 },
  ]);
});

test('what cannot be removed waits for its next try', async (t) => {
  const gone = ended(aRun({}, 'uid-0'), 0, at(1));
  const removals = new Map([[gone.id, { reason: 'FailedRemoval', message: 'busy', failures: 1, retryAt: at(9) }]]);
  const view = { seen: [aSandbox(), aRun(), gone], removals };
  t.same(planPod(aView({ ...view, now: at(8) })), { steps: [], wakeAt: at(9) });
  t.same(planPod(aView({ ...view, now: at(9) })).steps, [{ do: 'remove', id: gone.id }]);
});
