import { test } from 'tap';
import { label } from '../../../../daemon/pods/plan/labels.ts';
import { planPod } from '../../../../daemon/pods/plan/plan.ts';
import { aContainer, aRun, aSandbox, aSpec, at, ended, present } from '../../../support/pod-builders.ts';
import { aView, type ViewOptions } from '../../../support/pod-view.ts';

const sidecar = (name: string, more = {}) => aContainer(name, { restartPolicy: 'Always', ...more });
const wanted = aSpec({ initContainers: [sidecar('one'), aContainer('setup'), sidecar('two')] });
const images = { one: present(), setup: present(), two: present(), main: present() };
const one = aRun({ container: 'one', labels: { [label.role]: 'sidecar-0' } });
const two = aRun({ container: 'two', labels: { [label.role]: 'sidecar-2' } });
const setup = aRun({ container: 'setup', labels: { [label.role]: 'init' } });
const done = ended(setup, 0, at(1));

/** What a plan makes or ends: `create one`, `stop main`, `signal two`. */
const stepsOf = (options: ViewOptions): readonly string[] =>
  planPod(aView({ wanted, images, ...options })).steps.map((step) => {
    if (step.do === 'create-container') return `create ${step.container}`;
    if (step.do === 'stop') return `${step.signal ? 'signal' : 'announce'} ${step.id.split('-')[0]}`;
    return 'id' in step ? `${step.do} ${step.id.split('-')[0]}` : step.do;
  });

test('a sidecar makes what follows wait only until it has started', async (t) => {
  t.same(stepsOf({ seen: [aSandbox()] }), ['create one']);
  t.same(stepsOf({ seen: [aSandbox(), one] }), ['create setup']);
  t.same(stepsOf({ seen: [aSandbox(), one, setup] }), []);
  t.same(stepsOf({ seen: [aSandbox(), one, done] }), ['create two']);
  t.same(stepsOf({ seen: [aSandbox(), one, done, two] }), ['create main']);
});

test('a sidecar with a startup probe has started when that succeeds', async (t) => {
  const probed = aSpec({ initContainers: [sidecar('one', { startupProbe: { exec: { command: ['true'] } } })] });
  const view = { wanted: probed, seen: [aSandbox(), one] };
  t.same(stepsOf(view), []);
  t.same(stepsOf({ ...view, probes: { [`${one.id}/startup`]: 'success' } }), ['create main']);
});

test('a sidecar is started again in any pod, with back-off, and holds nothing up that has begun', async (t) => {
  const restarted = { ...images, one: present(1), main: present(1) };
  const never = aSpec({ restartPolicy: 'Never', initContainers: [sidecar('one')] });
  const seen = [aSandbox(), ended(one, 0, at(5)), aRun()];
  t.same(stepsOf({ wanted: never, images: restarted, seen, now: at(6) }), ['create one']);
  const backingOff = ended({ ...one, labels: { ...one.labels, [label.backoff]: '10' } }, 1, at(5));
  const others = [aSandbox(), backingOff, done, two];
  t.same(stepsOf({ images: restarted, seen: [...others, ended(aRun(), 1, at(5))], now: at(6) }), ['create main']);
});

test('a main container waits for the last sidecar when neither runs', async (t) => {
  const restarted = { ...images, two: present(1), main: present(1) };
  const seen = [aSandbox(), one, done, ended(two, 1, at(5)), ended(aRun(), 1, at(5))];
  t.same(stepsOf({ images: restarted, seen, now: at(6) }), ['create two']);
});

test('a pod ends its main containers first, then its sidecars from the last to the first', async (t) => {
  const view = { wanted: undefined, now: at(10) };
  const asked = { killAt: at(40), signalled: true };
  const announced = { killAt: at(40), signalled: false };
  t.same(stepsOf({ ...view, seen: [aSandbox(), one, two, aRun()] }), ['announce one', 'announce two', 'signal main']);
  const stops = { [one.id]: announced, [two.id]: announced, [aRun().id]: asked };
  t.same(stepsOf({ ...view, stops, seen: [aSandbox(), one, two, aRun()] }), []);
  t.same(stepsOf({ ...view, stops, seen: [aSandbox(), one, two, ended(aRun(), 0, at(9))] }), ['signal two']);
  const twoAsked = { ...stops, [two.id]: asked };
  t.same(stepsOf({ ...view, stops: twoAsked, seen: [aSandbox(), one, two] }), []);
  t.same(stepsOf({ ...view, stops: twoAsked, seen: [aSandbox(), one, ended(two, 0, at(9))] }), ['signal one']);
  t.same(stepsOf({ ...view, stops, seen: [aSandbox(), ended(one, 0, at(9))] }), ['kill sandbox']);
});

test('a sidecar whose turn does not come within the grace of its pod is asked all the same, and has two seconds', async (t) => {
  const stops = { [one.id]: { killAt: at(40), signalled: false }, [aRun().id]: { killAt: at(40), signalled: true } };
  const view = aView({ wanted: undefined, seen: [aSandbox(), one, aRun()], stops, now: at(40) });
  t.same(planPod(view).steps, [
    { do: 'signal', id: one.id, killAt: at(42) },
    { do: 'kill', id: aRun().id },
  ]);
});

test('an init container that runs is ended together with the sidecars', async (t) => {
  t.same(stepsOf({ wanted: undefined, seen: [aSandbox(), one, setup] }), ['signal one', 'signal setup']);
});

test('once the main containers have ended for good the sidecars are ended, and then the sandbox', async (t) => {
  const job = aSpec({ restartPolicy: 'Never', initContainers: [sidecar('one')] });
  const finished = ended(aRun(), 0, at(5));
  t.same(stepsOf({ wanted: job, seen: [aSandbox(), one, finished] }), ['signal one']);
  t.same(stepsOf({ wanted: job, seen: [aSandbox(), ended(one, 5, at(6)), finished] }), ['kill sandbox']);
});

test('an init container that failed for good ends the sidecars before it', async (t) => {
  const job = aSpec({ restartPolicy: 'Never', initContainers: [sidecar('one'), aContainer('setup')] });
  t.same(stepsOf({ wanted: job, seen: [aSandbox(), one, ended(setup, 6, at(5))] }), ['signal one']);
});
