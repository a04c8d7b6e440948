import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { findingsOf } from '../../../../daemon/api/findings.ts';
import { lastMetFile } from '../../../../daemon/pods/pressure/last-met.ts';
import type { Observations } from '../../../../daemon/pods/pressure/thresholds.ts';
import { pressureWatch } from '../../../../daemon/pods/pressure/watch.ts';
import { nodePressureType, runtimeStateType } from '../../../../daemon/pods/resources.ts';
import { Engine, troubleType } from '../../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { aRuntime } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const left = (available: number): Observations => ({ 'memory.available': { available, capacity: 100 } });
type LastMet = Parameters<typeof pressureWatch>[0]['lastMet'];

/** A daemon that looks at the memory that is left, and keeps when it was short in `noted`. */
const watching = (clock: FakeClock, lastMet: LastMet = {}, disk = { isFull: false }) => {
  const store = new Store();
  const events = new EventRing(clock);
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  const noted: LastMet[] = [];
  let now = left(50);
  const save = async (value: LastMet) => {
    if (disk.isFull) throw new Error('no space');
    noted.push(value);
  };
  engine.add(
    pressureWatch({
      thresholds: { 'memory.available': '10%' },
      observe: async () => now,
      lastMet,
      memory: { save },
      nodeName: 'n',
      clock,
      events,
    }),
  );
  store.claim(runtimeStateType, 'test').put('docker', aRuntime());
  engine.start();
  return {
    store,
    events,
    engine,
    noted,
    leave: (available: number) => {
      now = left(available);
    },
    memory: () => store.get(nodePressureType, 'MemoryPressure'),
  };
};

test('a pressure is there within ten seconds, and goes five minutes after its cause', async (t) => {
  const clock = new FakeClock();
  const { store, events, engine, leave, memory } = watching(clock);
  const condition = () => findingsOf(store, clock.now()).find(({ type }) => type === 'MemoryPressure');
  await clock.settle();
  t.match(condition(), { status: 'False', reason: 'KubeletHasSufficientMemory' });
  leave(5);
  await clock.advance(10_000);
  t.match(memory(), { isPressed: true, met: 'memory.available' });
  t.match(condition(), { status: 'True', reason: 'KubeletHasInsufficientMemory', message: /memory.available/ });
  t.match(events.list(), [{ reason: 'EvictionThresholdMet', message: 'Attempting to reclaim memory', count: 1 }]);
  leave(50);
  await clock.advance(290_000);
  t.match(memory(), { isPressed: true, met: undefined });
  await clock.advance(20_000);
  t.match(memory(), { isPressed: false });
  await engine.stop();
});

test('a restart of the daemon ends no pressure, but for the minute that was not noted', async (t) => {
  const clock = new FakeClock();
  const first = watching(clock);
  first.leave(5);
  for (let period = 0; period < 11; period++) await clock.advance(10_000);
  t.equal(first.noted.length, 2, 'once a minute');
  await first.engine.stop();
  const next = watching(clock, first.noted.at(-1));
  await clock.settle();
  t.match(next.memory(), { isPressed: true, met: undefined });
  await clock.advance(300_000);
  t.match(next.memory(), { isPressed: false });
  await next.engine.stop();
});

test('what was noted by a clock that was wrong is no pressure', async (t) => {
  const clock = new FakeClock();
  const { engine, memory } = watching(clock, { MemoryPressure: clock.now() + 3_600_000 });
  await clock.settle();
  t.match(memory(), { isPressed: false });
  await engine.stop();
});

test('a full disk hides no pressure', async (t) => {
  const clock = new FakeClock();
  const disk = { isFull: true };
  const { store, engine, leave, memory, noted } = watching(clock, {}, disk);
  leave(5);
  await clock.advance(10_000);
  t.match(memory(), { isPressed: true });
  t.equal(store.list(troubleType).length, 1);
  disk.isFull = false;
  await clock.advance(10_000);
  t.equal(store.list(troubleType).length, 0, 'it is noted when that can be');
  t.equal(noted.length, 1);
  await engine.stop();
});

test('on disk are times by condition, and nothing else', async (t) => {
  const path = join(t.testdir({}), 'pressure.json');
  const file = lastMetFile(path);
  await file.save({ DiskPressure: 7 });
  t.same(await lastMetFile(path).load(), { DiskPressure: 7 });
  for (const content of ['{"DiskPressure":"7"}', '{"Other":7}', '7']) {
    writeFileSync(path, content);
    await t.rejects(file.load(), { code: 'E_STATE_BROKEN' }, content);
  }
});
