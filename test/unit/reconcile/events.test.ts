import { test } from 'tap';
import { type EventInput, EventRing } from '../../../daemon/reconcile/events.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const anEvent = (over: Partial<EventInput> & { name?: string } = {}): EventInput => ({
  type: 'Normal',
  reason: 'Started',
  message: 'started container web',
  subject: { kind: 'Pod', namespace: 'default', name: over.name ?? 'web' },
  ...over,
});

test('a repeated event is counted, keeps its first time and moves to the end', async (t) => {
  const clock = new FakeClock();
  const ring = new EventRing(clock);
  ring.report(anEvent());
  await clock.advance(10);
  ring.report(anEvent({ message: 'other' }));
  await clock.advance(10);
  ring.report(anEvent());
  t.match(ring.list(), [
    { message: 'other', count: 1 },
    { message: 'started container web', count: 2, first: 0, last: 20, sequence: 3 },
  ]);
});

test('events of another container, type, reason or pod of the same name are events of their own', async (t) => {
  const ring = new EventRing(new FakeClock());
  const subject = anEvent().subject;
  ring.report(anEvent());
  ring.report(anEvent({ type: 'Warning' }));
  ring.report(anEvent({ reason: 'Created' }));
  ring.report(anEvent({ subject: { ...subject, uid: '2' } }));
  ring.report(anEvent({ subject: { ...subject, fieldPath: 'spec.containers{web}' } }));
  t.equal(ring.list().length, 5);
});

test('a subject keeps its last 64 events and takes none from another', async (t) => {
  const ring = new EventRing(new FakeClock());
  ring.report(anEvent({ name: 'quiet' }));
  for (let i = 0; i < 100; i++) ring.report(anEvent({ message: `${i}` }));
  const loud = ring.list().filter((event) => event.subject.name === 'web');
  t.equal(loud.length, 64);
  t.equal(loud[0]?.message, '36');
  t.equal(ring.list()[0]?.subject.name, 'quiet');
});

test('4096 events are kept in all, the oldest go first', async (t) => {
  const ring = new EventRing(new FakeClock());
  for (let i = 0; i < 5000; i++) ring.report(anEvent({ name: `pod-${i}` }));
  t.equal(ring.list().length, 4096);
  t.equal(ring.list()[0]?.subject.name, 'pod-904');
});

test('a watcher hears of every report until it ends', async (t) => {
  const ring = new EventRing(new FakeClock());
  const counts: number[] = [];
  const end = ring.watch((event) => counts.push(event.count));
  ring.report(anEvent());
  ring.report(anEvent());
  end();
  ring.report(anEvent());
  t.same(counts, [1, 2]);
});
