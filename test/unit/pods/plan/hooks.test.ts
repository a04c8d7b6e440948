import { test } from 'tap';
import { preStopLabels } from '../../../../daemon/pods/hooks/handler.ts';
import { label } from '../../../../daemon/pods/plan/labels.ts';
import type { PodView } from '../../../../daemon/pods/plan/observed.ts';
import { planPod } from '../../../../daemon/pods/plan/plan.ts';
import { roleOf } from '../../../../daemon/pods/plan/role.ts';
import { aContainer, aRun, aSandbox, aSpec, at, present } from '../../../support/pod-builders.ts';
import { aView, type ViewOptions } from '../../../support/pod-view.ts';

const hook = { exec: { command: ['hook'] } };
const first = aContainer('first', { lifecycle: { postStart: hook } });
const second = aContainer('second');
const spec = aSpec({ containers: [first, second] });
const fresh = { state: 'created', startedAt: 0 } as const;
const steps = (view: PodView) => planPod(view).steps;

const starting = (more: ViewOptions) =>
  aView({
    wanted: spec,
    images: { first: present(), second: present() },
    seen: [aSandbox(), aRun({ container: 'first' }), aRun({ container: 'second', ...fresh })],
    ...more,
  });

test('a postStart hook is asked for once its container runs', async (t) => {
  t.same(steps(starting({})), [{ do: 'run-hook', id: 'first-uid-1-0', kind: 'postStart', since: at(0) }]);
  t.same(steps(starting({ hooks: { 'first-uid-1-0/postStart': 'running' } })), []);
});

test('the next container starts when the hook of the one before has succeeded', async (t) => {
  const start = { do: 'start-container', container: 'second', id: 'second-uid-1-0' };
  t.match(steps(starting({ hooks: { 'first-uid-1-0/postStart': 'succeeded' } })), [start]);
  const seen = [aSandbox(), aRun({ container: 'first', ...fresh }), aRun({ container: 'second', ...fresh })];
  t.match(steps(starting({ seen })), [{ do: 'start-container', container: 'first' }]);
});

test('a container that cannot be made holds nothing up', async (t) => {
  const images = {
    first: { attempt: 0, image: 'app:1', state: 'failed', reason: 'ErrImagePull', message: '' },
    second: present(),
  } as const;
  const view = starting({ images, seen: [aSandbox(), aRun({ container: 'second', ...fresh })] });
  t.match(steps(view), [{ do: 'start-container', container: 'second' }]);
});

test('a postStart hook that fails ends its container, with grace', async (t) => {
  const view = starting({ hooks: { 'first-uid-1-0/postStart': 'failed' } });
  t.match(steps(view), [{ do: 'stop', id: 'first-uid-1-0', reason: 'post-start', message: 'FailedPostStartHook' }]);
});

const side = aContainer('side', { restartPolicy: 'Always', lifecycle: { postStart: hook } });

test('what follows a sidecar waits for its postStart hook', async (t) => {
  const wanted = aSpec({ initContainers: [side], containers: [second] });
  const view = (hooks = {}) =>
    aView({ wanted, hooks, images: { second: present() }, seen: [aSandbox(), aRun({ container: 'side' })] });
  t.match(steps(view()), [{ do: 'run-hook', id: 'side-uid-1-0' }]);
  t.match(steps(view({ 'side-uid-1-0/postStart': 'succeeded' })), [{ do: 'create-container', container: 'second' }]);
});

const stopping = aContainer('main', { lifecycle: { preStop: hook } });
const labelled = (name: string, grace = '30') => ({
  ...preStopLabels(stopping),
  [label.gracePeriod]: grace,
  [label.role]: roleOf(aSpec({ initContainers: [side], containers: [stopping] }).pod, name),
});
const run = aRun({ labels: labelled('main') });
const ending = (more: ViewOptions) => aView({ wanted: undefined, seen: [run], now: at(10), ...more });
const asked = { reason: 'deleted', graceSeconds: 30, killAt: at(40), signalled: false } as const;

test('a container with a preStop hook is not signalled before the hook has ended, one way or the other', async (t) => {
  const stops = { [run.id]: asked };
  t.match(steps(ending({})), [{ do: 'stop', id: run.id, signal: false }]);
  t.match(steps(ending({ stops })), [{ do: 'run-hook', id: run.id, kind: 'preStop', since: at(10) }]);
  t.same(planPod(ending({ stops, hooks: { [`${run.id}/preStop`]: 'running' } })), { steps: [], wakeAt: at(40) });
  for (const state of ['succeeded', 'failed'] as const)
    t.match(steps(ending({ stops, hooks: { [`${run.id}/preStop`]: state } })), [{ do: 'signal', killAt: at(40) }]);
});

test('a preStop hook that outlives the grace is cut off, and two seconds are left for the end', async (t) => {
  const view = ending({ stops: { [run.id]: asked }, hooks: { [`${run.id}/preStop`]: 'running' }, now: at(40) });
  t.match(steps(view), [{ do: 'signal', id: run.id, killAt: at(42) }]);
});

test('a pod without grace has a second for its preStop hook when it is deleted, and its container none otherwise', async (t) => {
  const hasty = aRun({ labels: labelled('main', '0') });
  t.match(steps(ending({ seen: [hasty] })), [{ do: 'stop', graceSeconds: 1, signal: false }]);
  const wanted = aSpec({ terminationGracePeriodSeconds: 0, containers: [stopping] });
  const probes = { [`${hasty.id}/liveness`]: 'failure' } as const;
  t.match(steps(aView({ wanted, seen: [aSandbox(), hasty], probes })), [{ do: 'stop', graceSeconds: 0, signal: true }]);
});

test('the preStop hook of a sidecar runs at once, while its signal waits for its turn', async (t) => {
  const sidecar = aRun({ container: 'side', labels: labelled('side') });
  const main = aRun({ container: 'other' });
  const stops = { [sidecar.id]: asked, [main.id]: { ...asked, signalled: true } };
  const view = (more: ViewOptions) => ending({ seen: [sidecar, main], stops, ...more });
  t.match(steps(view({})), [{ do: 'run-hook', id: sidecar.id }]);
  const hooks = { [`${sidecar.id}/preStop`]: 'succeeded' } as const;
  t.same(steps(view({ hooks })), []);
  t.match(steps(view({ hooks, seen: [sidecar] })), [{ do: 'signal', id: sidecar.id }]);
});

test('a label of the pod’s author is no hook', async (t) => {
  const seen = [aRun({ labels: { [label.preStop]: 'mine' } })];
  t.match(steps(ending({ seen })), [{ do: 'stop', signal: true }]);
});
