import { pino } from 'pino';
import { test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { label } from '../../../../daemon/pods/plan/labels.ts';
import { PodEvents } from '../../../../daemon/pods/record/pod-events.ts';
import {
  containerType,
  folderOwnerType,
  imageRequestType,
  imageStateType,
  podAdmissionType,
  podSpecType,
  podStatusType,
  runtimeStateType,
  sourcesReadyType,
  volumeStateType,
} from '../../../../daemon/pods/resources.ts';
import type { RuntimeStep } from '../../../../daemon/pods/worker/execute.ts';
import { Failures } from '../../../../daemon/pods/worker/failures.ts';
import { LogLinks } from '../../../../daemon/pods/worker/log-links.ts';
import { type PodWorkerOptions, podWorker } from '../../../../daemon/pods/worker/pod-worker.ts';
import { Stops } from '../../../../daemon/pods/worker/stops.ts';
import { Engine, troubleType } from '../../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import type { ObservedContainer } from '../../../../daemon/runtime/runtime.ts';
import { aRuntime } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { aContainer, aRun, aSandbox, aSpec, at, ended } from '../../../support/pod-builders.ts';

/** Nobody left any: files would be read at their own pace, beside the clock. */
const noLastWords = { all: new Map(), read: async () => undefined, forget: () => undefined };

/** A worker of one pod, of the containers seen or else of two, on a runtime that refuses one kind of step. `tried`: every step, its container and its second. */
const aWorker = async (
  state: string,
  seen: readonly ObservedContainer[],
  refused?: RuntimeStep['do'],
  { messages = noLastWords, sandboxImage }: Partial<Pick<PodWorkerOptions, 'messages' | 'sandboxImage'>> = {},
) => {
  const clock = new FakeClock();
  await clock.advance(at(0));
  const store = new Store();
  const engine = new Engine({ store, clock, random: () => 0.5, onFailure: () => undefined });
  const stops = new Stops(state);
  const tried: [RuntimeStep['do'], string, number][] = [];
  const execute = async (step: RuntimeStep): Promise<void> => {
    tried.push([step.do, 'id' in step ? step.id : '', (clock.now() - at(0)) / 1000]);
    if (step.do === refused) throw new BootletError('E_RUNTIME_REFUSED', 'device or resource busy');
    const stop = step.do === 'kill' ? stops.get(step.id) : undefined;
    if (step.do === 'kill' && stop !== undefined) await stops.note('uid-1', step.id, { ...stop, killed: true });
  };
  engine.add(
    podWorker({
      store,
      executor: { execute },
      stops,
      logLinks: new LogLinks({ podLogs: state, containerLogs: state }),
      failures: new Failures(() => 0.5),
      messages,
      sandboxImage,
      events: new PodEvents(new EventRing(clock)),
      addresses: { hostIPs: ['192.0.2.1'] },
      clock,
      log: pino({ level: 'silent' }),
    }),
  );
  const containers = store.claim(containerType, 'test');
  const containersAre = [aContainer('main'), aContainer('other')].filter(
    (c) => seen.length === 0 || seen.some((s) => s.container === c.name),
  );
  const spec = aSpec({ containers: containersAre });
  const key = 'default/web-n';
  store.claim(runtimeStateType, 'test').put('docker', aRuntime());
  store.claim(sourcesReadyType, 'test').put('folder', { pods: 1 });
  store.claim(folderOwnerType, 'test').put('folder', {});
  store.claim(podSpecType, 'test').put(key, spec);
  store.claim(podAdmissionType, 'test').put(key, { uid: spec.uid, state: 'admitted' });
  store
    .claim(volumeStateType, 'test')
    .put(spec.uid, { pod: key, of: spec.pod, state: 'ready', reason: '', message: '' });
  for (const container of seen) containers.put(container.id, container);
  return { store, clock, engine, stops, containers, tried };
};

test('a container that cannot be removed delays nothing, and is tried again at its own pace', async (t) => {
  const last = aRun({ attempt: 2, labels: { [label.backoff]: '10' } });
  const old = [0, 1].map((attempt) => ended(aRun({ attempt }), 1, at(0)));
  const { store, clock, engine, containers, tried } = await aWorker(t.testdir(), [aSandbox(), ...old, last], 'remove');
  engine.start();
  await clock.advance(300_000);
  const exitAt = clock.now();
  const askedAfter: number[] = [];
  store.watch(imageRequestType, () => askedAfter.push(clock.now() - exitAt));
  containers.put(last.id, ended(last, 1, exitAt));
  await clock.advance(60_000);
  t.equal(askedAfter[0], 10_000, 'the back-off and no more');
  t.same(store.list(troubleType), [], 'no trouble of the pod');
  t.ok(tried.length > 5 && tried.length < 30, `${tried.length} removals were tried`);
  await engine.stop();
});

test('a step that fails does not delay what is due for another container', async (t) => {
  const [main, other] = [aRun(), aRun({ container: 'other' })];
  const worker = await aWorker(t.testdir(), [aSandbox(), main, other], 'signal');
  const stop = { reason: 'restart-requested', graceSeconds: 40, killed: false } as const;
  await worker.stops.note('uid-1', main.id, { ...stop, killAt: at(0), signalled: false });
  await worker.stops.note('uid-1', other.id, { ...stop, killAt: at(40), signalled: true });
  worker.engine.start();
  await worker.clock.advance(60_000);
  const kill = worker.tried.find(([step]) => step === 'kill');
  t.same(kill, ['kill', other.id, 40]);
  t.match(worker.store.list(troubleType), [{ value: { kind: 'failing', message: 'device or resource busy' } }]);
  await worker.engine.stop();
});

test('of a container that goes while the worker looks at it nothing is kept', async (t) => {
  const run = ended(aRun(), 1, at(0));
  const kept = new Set<string>();
  const messages = {
    all: new Map(),
    read: async (seen: readonly ObservedContainer[]): Promise<void> => {
      worker.containers.remove(run.id);
      for (const { id } of seen) kept.add(id);
    },
    forget: (id: string) => void kept.delete(id),
  };
  const worker = await aWorker(t.testdir(), [aSandbox(), run], undefined, { messages });
  worker.engine.start();
  await worker.clock.settle();
  t.equal(worker.store.get(containerType, run.id), undefined, 'it went');
  await worker.engine.stop();
  t.notOk(kept.has(run.id));
});

test('the image of a sandbox is asked for like that of a container, and the worker does not wait for it', async (t) => {
  const { store, clock, engine, tried } = await aWorker(t.testdir(), [], undefined, { sandboxImage: 'pause:9' });
  const images = store.claim(imageStateType, 'test');
  engine.start();
  await clock.settle();
  const [request] = store.list(imageRequestType);
  t.match(request, { id: 'uid-1/', value: { container: '', image: 'pause:9', policy: 'IfNotPresent', attempt: 0 } });
  t.same(tried, [], 'nothing is made without it');
  t.same(store.list(troubleType), []);
  const of = { image: 'pause:9', attempt: 0 };
  images.put('uid-1/', { ...of, state: 'failed', reason: 'ErrImagePull', message: 'no route to host' });
  await clock.settle();
  const conditions = store.get(podStatusType, 'default/web-n')?.pod.status?.conditions;
  t.match(
    conditions?.find(({ type }) => type === 'PodReadyToStartContainers'),
    {
      reason: 'ErrImagePull',
      message: 'no route to host',
    },
  );
  images.put('uid-1/', { ...of, state: 'present', imageId: 'sha256:pause', imageRef: 'sha256:pause', user: '' });
  await clock.settle();
  t.match(tried[0], ['create-sandbox']);
  await engine.stop();
});
