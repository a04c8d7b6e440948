import { test } from 'tap';
import { findingsOf } from '../../../../daemon/api/findings.ts';
import type { Observations } from '../../../../daemon/pods/pressure/thresholds.ts';
import { pressureWatch } from '../../../../daemon/pods/pressure/watch.ts';
import { nodePressureType, runtimeStateType } from '../../../../daemon/pods/resources.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const left = (available: number): Observations => ({ 'memory.available': { available, capacity: 100 } });

test('a pressure is there within ten seconds, and goes five minutes after its cause', async (t) => {
  const clock = new FakeClock();
  const store = new Store();
  const events = new EventRing(clock);
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  let now = left(50);
  engine.add(
    pressureWatch({
      thresholds: { 'memory.available': '10%' },
      observe: async () => now,
      nodeName: 'n',
      clock,
      events,
    }),
  );
  store.claim(runtimeStateType, 'test').put('docker', {
    name: 'docker',
    version: '',
    apiVersion: '',
    ready: true,
    message: '',
    listed: true,
  });
  engine.start();
  const memory = () => store.get(nodePressureType, 'MemoryPressure');
  const condition = () => findingsOf(store, clock.now()).find(({ type }) => type === 'MemoryPressure');
  await clock.settle();
  t.match(condition(), { status: 'False', reason: 'KubeletHasSufficientMemory' });
  now = left(5);
  await clock.advance(10_000);
  t.match(memory(), { isPressed: true, met: 'memory.available' });
  t.match(condition(), { status: 'True', reason: 'KubeletHasInsufficientMemory', message: /memory.available/ });
  t.match(events.list(), [{ reason: 'EvictionThresholdMet', message: 'Attempting to reclaim memory', count: 1 }]);
  now = left(50);
  await clock.advance(290_000);
  t.match(memory(), { isPressed: true, met: undefined });
  await clock.advance(20_000);
  t.match(memory(), { isPressed: false });
  await engine.stop();
});
