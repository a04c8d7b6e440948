import { test } from 'tap';
import { NetworkEvents } from '../../../../daemon/network/monitors/network-events.ts';
import { networkEventType, networkMonitorType } from '../../../../daemon/network/resources.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const aWorld = () => {
  const clock = new FakeClock();
  const store = new Store();
  const events = new NetworkEvents(store, clock);
  return { clock, store, events, event: () => store.get(networkEventType, 'links') };
};

test('a burst is one event, and the next burst another', async (t) => {
  const { clock, events, event } = aWorld();
  for (let line = 0; line < 100; line++) events.changed('links');
  t.equal(event(), undefined);
  await clock.advance(50);
  t.same(event(), { count: 1 });
  events.changed('links');
  await clock.advance(50);
  t.same(event(), { count: 2 });
});

test('what never stops is told of all the same', async (t) => {
  const { clock, events, event } = aWorld();
  for (let ms = 0; ms < 200; ms += 10) {
    events.changed('links');
    await clock.advance(10);
  }
  t.ok((event()?.count ?? 0) >= 3);
});

test('what goes on and on is told of ever less often, and as soon as before after a rest', async (t) => {
  const { clock, events, event } = aWorld();
  const count = () => event()?.count ?? 0;
  const goOn = async (ms: number): Promise<void> => {
    for (const end = clock.now() + ms; clock.now() < end; ) {
      events.changed('links');
      await clock.advance(10);
    }
  };
  await goOn(10_000);
  const early = count();
  t.ok(early < 25, `${early} times in 10 s`);
  await goOn(16_000);
  t.ok(count() - early >= 9 && count() - early <= 11, `${count() - early} times in 16 s`);
  await clock.advance(5000);
  const before = count();
  events.changed('links');
  await clock.advance(50);
  t.equal(count(), before + 1);
});

test('who did it is told with the burst in which it was named', async (t) => {
  const { clock, events, event } = aWorld();
  events.changed('links');
  events.changed('links', 'nft (pid 7)');
  events.changed('links');
  await clock.advance(50);
  t.same(event(), { count: 1, by: 'nft (pid 7)' });
  events.changed('links');
  await clock.advance(50);
  t.same(event(), { count: 2 });
});

test('a monitor that listens again makes everything be looked at', async (t) => {
  const { clock, store, events, event } = aWorld();
  events.deaf('links', 'gone');
  t.same(store.get(networkMonitorType, 'links'), { isListening: false, message: 'gone' });
  events.listening('links');
  await clock.advance(50);
  t.same(store.get(networkMonitorType, 'links'), { isListening: true, message: '' });
  t.same(event(), { count: 1 });
});

test('nothing is told of after the end', async (t) => {
  const { clock, events, event } = aWorld();
  events.changed('links');
  events.close();
  await clock.advance(1000);
  t.equal(event(), undefined);
});
