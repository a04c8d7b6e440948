import { join } from 'node:path';
import { type Test, test } from 'tap';
import { evictionController } from '../../../../daemon/pods/pressure/eviction.ts';
import { Evictions } from '../../../../daemon/pods/pressure/evictions.ts';
import {
  containerType,
  nodePressureType,
  podAdmissionType,
  podEvictionType,
  podKey,
  podSpecType,
  sourcesReadyType,
} from '../../../../daemon/pods/resources.ts';
import { podMeters } from '../../../../daemon/pods/stats/meters.ts';
import type { Summary } from '../../../../daemon/pods/stats/v1alpha1.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { wanted } from '../../../support/pod-admission.ts';
import { aRun } from '../../../support/pod-builders.ts';

const time = '2026-01-01T00:00:00Z';
const summary: Summary = {
  node: { nodeName: 'n', startTime: time, rlimit: { time, maxpid: 100, curproc: 10 } },
  pods: [],
};

/** A host with two pods, `low` and `high` by priority, and `critical`, that all run, and whose memory is short. */
const aHost = (t: Test, folder = t.testdir({})) => {
  const clock = new FakeClock();
  const store = new Store();
  const file = join(folder, 'evictions.json');
  const evictions = new Evictions({ file, store, evictions: store.claim(podEvictionType, 'eviction') });
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  engine.add(
    evictionController({
      thresholds: { 'memory.available': '10%' },
      observe: async () => ({ 'memory.available': { available: 5, capacity: 100 } }),
      stats: {
        usage: async () => summary,
        summary: async () => Promise.reject(new Error('no walk through the disks for memory')),
        hasImageFs: async () => false,
      },
      evictions,
      meters: podMeters(),
      clock,
    }),
  );
  const specs = store.claim(podSpecType, 'test');
  const admissions = store.claim(podAdmissionType, 'test');
  const containers = store.claim(containerType, 'test');
  const pressures = store.claim(nodePressureType, 'test');
  const pods = [
    wanted('critical', { spec: { priority: 2_000_000_000 } }),
    wanted('high', { spec: { priority: 5 } }),
    wanted('low', { spec: { priority: 1 } }),
  ];
  const runOf = (name: string) =>
    aRun({ id: name, pod: { namespace: 'default', name: `${name}-n`, uid: `${name}-1` } });
  for (const spec of pods) {
    specs.put(podKey(spec), spec);
    admissions.put(podKey(spec), { uid: spec.uid, state: 'admitted' });
  }
  for (const name of ['critical', 'high', 'low']) containers.put(name, runOf(name));
  const press = (isPressed: boolean, isMet = isPressed) =>
    pressures.put('MemoryPressure', {
      isPressed,
      reason: '',
      message: '',
      ...(isMet ? { met: 'memory.available' } : {}),
    });
  store.claim(sourcesReadyType, 'test').put('/manifests', { pods: pods.length });
  const start = async () => {
    await evictions.load();
    engine.start();
  };
  /** Also what is written has been. */
  const settle = async () => {
    await clock.settle();
    await evictions.save();
    await clock.settle();
  };
  const advance = async (periods: number) => {
    for (let period = 0; period < periods; period++) {
      await clock.advance(10_000);
      await settle();
    }
  };
  return {
    start,
    settle,
    advance,
    folder,
    engine,
    press,
    specs,
    containers,
    evicted: () => store.list(podEvictionType).map((e) => e.id),
  };
};

test('while memory is short one pod goes after the other, the lowest priority first, and never one of the system', async (t) => {
  const { settle, engine, start, press, containers, evicted, advance } = aHost(t);
  await start();
  await settle();
  t.same(evicted(), []);
  press(true);
  await settle();
  t.same(evicted(), ['default/low-n']);
  await advance(3);
  t.same(evicted(), ['default/low-n'], 'the next one waits until the first has ended');
  containers.remove('low');
  await advance(1);
  t.same(evicted(), ['default/low-n', 'default/high-n']);
  containers.remove('high');
  await advance(3);
  t.same(evicted(), ['default/low-n', 'default/high-n']);
  await engine.stop();
});

test('what was evicted may start again once the pressure is over, and an edited pod at once', async (t) => {
  const { settle, engine, start, press, specs, containers, evicted } = aHost(t);
  await start();
  press(true);
  await settle();
  t.same(evicted(), ['default/low-n']);
  press(true, false);
  await settle();
  t.same(evicted(), ['default/low-n'], 'the condition outlasts its cause');
  containers.remove('low');
  specs.put('default/low-n', wanted('low', { uid: 'low-2' }));
  await settle();
  t.same(evicted(), []);
  press(true);
  await settle();
  t.same(evicted(), ['default/high-n']);
  press(false);
  await settle();
  t.same(evicted(), []);
  await engine.stop();
});

test('what was evicted stays so over a restart of the daemon, until what the node is short of is known', async (t) => {
  const before = aHost(t);
  await before.start();
  before.press(true);
  await before.settle();
  t.same(before.evicted(), ['default/low-n']);
  await before.engine.stop();
  const after = aHost(t, before.folder);
  await after.start();
  await after.settle();
  t.same(after.evicted(), ['default/low-n']);
  after.press(false);
  await after.settle();
  t.same(after.evicted(), []);
  await after.engine.stop();
});
