import { test } from 'tap';
import { label } from '../../../../daemon/pods/plan/labels.ts';
import { rulesOf } from '../../../../daemon/pods/plan/plan.ts';
import { containerStatus } from '../../../../daemon/pods/status/container-status.ts';
import type { Container } from '../../../../daemon/pods/v1.ts';
import { aContainer, aRun, aSandbox, aSpec, at, ended, present } from '../../../support/pod-builders.ts';
import { aView, type ViewOptions } from '../../../support/pod-view.ts';

/** The status of the main container as it is seen in a view. */
const statusIn = (
  options: ViewOptions,
  { container = aContainer(), messages = {} }: { container?: Container; messages?: Record<string, string> } = {},
) => {
  const view = aView(options);
  const { pod, uid } = view.wanted ?? aSpec();
  const rules = rulesOf(view, uid, pod);
  return containerStatus({ view, uid, pod, rules, messages: new Map(Object.entries(messages)) }, container);
};

const backingOff = (attempt: number) => aRun({ attempt, labels: { [label.backoff]: '10' } });

test('a container that was not made yet is being created', async (t) => {
  t.match(statusIn({ seen: [] }), {
    state: { waiting: { reason: 'ContainerCreating' } },
    restartCount: 0,
    ready: false,
  });
});

test('a container tells the name that its image had when it was made, else the image’s id on the host', async (t) => {
  const imageRef = 'example.com/app@sha256:b';
  t.equal(statusIn({ seen: [aSandbox(), aRun({ labels: { [label.imageRef]: imageRef } })] }).imageID, imageRef);
  t.equal(statusIn({ seen: [aSandbox(), aRun()] }).imageID, 'sha256:app');
  t.equal(statusIn({ seen: [aSandbox()] }).imageID, '');
});

test('a container without probes is ready as soon as it runs', async (t) => {
  t.match(statusIn({ seen: [aSandbox(), aRun()] }), {
    started: true,
    ready: true,
    containerID: 'docker://main-uid-1-0',
  });
});

test('a container is started by its startup probe and ready by its readiness probe', async (t) => {
  const probe = { exec: { command: ['true'] } };
  const container = aContainer('main', { startupProbe: probe, readinessProbe: probe });
  const seen = [aSandbox(), aRun()];
  t.match(statusIn({ seen }, { container }), { started: false, ready: false });
  const started = { 'main-uid-1-0/startup': 'success' } as const;
  t.match(statusIn({ seen, probes: started }, { container }), { started: true, ready: false });
  const ready = { ...started, 'main-uid-1-0/readiness': 'success' } as const;
  t.match(statusIn({ seen, probes: ready }, { container }), { started: true, ready: true });
});

test('an image that cannot be had is why a container waits', async (t) => {
  const { attempt, image } = present();
  const images = { main: { attempt, image, state: 'failed', reason: 'ErrImagePull', message: 'no route' } } as const;
  t.same(statusIn({ images }).state, { waiting: { reason: 'ErrImagePull', message: 'no route' } });
});

test('a container whose image is being pulled says how far that got', async (t) => {
  const image = { attempt: 0, image: 'app:1', state: 'pulling' as const, message: 'Downloading 1.0 of 4.0 MiB' };
  t.match(statusIn({ seen: [aSandbox()], images: { main: image } }).state, {
    waiting: { reason: 'ContainerCreating', message: 'pulling app:1: Downloading 1.0 of 4.0 MiB' },
  });
});

test('a container in back-off says for how long and keeps what ended', async (t) => {
  const status = statusIn({ seen: [aSandbox(), ended(backingOff(1), 3, at(100))], now: at(105) });
  t.match(status, {
    state: { waiting: { reason: 'CrashLoopBackOff', message: /^back-off 10s restarting failed container=main/ } },
    lastState: { terminated: { exitCode: 3, reason: 'Error' } },
    restartCount: 1,
  });
});

test('a container whose postStart hook failed says so until the next start has come further, or has to wait', async (t) => {
  const container = aContainer('main', { lifecycle: { postStart: { exec: { command: ['false'] } } } });
  const [first, second] = [ended(aRun(), 137, at(1)), aRun({ attempt: 1, labels: { [label.backoff]: '10' } })];
  const stops = { [first.id]: { reason: 'post-start' }, [second.id]: { reason: 'post-start' } } as const;
  const failed = { state: { waiting: { reason: 'PostStartHookError' } }, lastState: { terminated: { exitCode: 137 } } };
  t.match(statusIn({ seen: [aSandbox(), first], stops, now: at(1) }, { container }), failed);
  const seen = [aSandbox(), first, second];
  t.match(statusIn({ seen, stops, now: at(1) }, { container }), failed);
  const hooks = { [`${second.id}/postStart`]: 'succeeded' } as const;
  t.match(statusIn({ seen, stops, hooks, now: at(1) }, { container }), { state: { running: {} } });
  const loop = [aSandbox(), first, ended(second, 137, at(2))];
  t.match(statusIn({ seen: loop, stops, now: at(3) }, { container }), {
    state: { waiting: { reason: 'CrashLoopBackOff' } },
  });
});

test('a container that is not to run again after its postStart hook failed has ended', async (t) => {
  const first = ended(aRun(), 137, at(1));
  const wanted = aSpec({ restartPolicy: 'Never' });
  const stops = { [first.id]: { reason: 'post-start' } } as const;
  t.match(statusIn({ wanted, seen: [aSandbox(), first], stops }), { state: { terminated: { exitCode: 137 } } });
});

test('an end that was asked for is no crash loop', async (t) => {
  const run = ended(backingOff(1), 3, at(100));
  const stops = { [run.id]: { reason: 'restart-requested' } } as const;
  t.match(statusIn({ seen: [aSandbox(), run], stops, now: at(105) }).state, { terminated: { exitCode: 3 } });
});

test('an init container that is run again in a new sandbox is waiting for it', async (t) => {
  const wanted = aSpec({ initContainers: [aContainer()], containers: [aContainer('app')] });
  const done = ended(aRun(), 0, at(10));
  const seen = [aSandbox({ attempt: 1 }), done];
  const failures = new Map([['main', { reason: 'CreateContainerError', message: 'no', failures: 1, retryAt: at(99) }]]);
  t.match(statusIn({ wanted, seen, failures }).state, { waiting: { reason: 'CreateContainerError' } });
  t.match(statusIn({ wanted, seen: [aSandbox(), done] }), {
    state: { terminated: { exitCode: 0 } },
    ready: true,
  });
});

test('a container that ended for good shows its end and its message', async (t) => {
  const seen = [aSandbox(), ended(aRun(), 0, at(10))];
  const status = statusIn(
    { wanted: aSpec({ restartPolicy: 'OnFailure' }), seen },
    { messages: { 'main-uid-1-0': 'bye' } },
  );
  t.match(status.state, { terminated: { reason: 'Completed', exitCode: 0, message: 'bye' } });
});

test('a container that could not be started has the exit code that containerd gives', async (t) => {
  const run = { ...aRun({ state: 'created', startedAt: 0, error: 'no such file' }), exitCode: 127 };
  const status = statusIn({ wanted: aSpec({ restartPolicy: 'Never' }), seen: [aSandbox(), run] });
  t.match(status.state, { terminated: { reason: 'StartError', exitCode: 128, message: 'no such file' } });
});

test('a container that the kernel ended for its memory says so', async (t) => {
  const run = { ...ended(aRun(), 137, at(10)), oomKilled: true };
  t.match(statusIn({ wanted: aSpec({ restartPolicy: 'Never' }), seen: [run] }).state, {
    terminated: { reason: 'OOMKilled' },
  });
});
