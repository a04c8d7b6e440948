import type { Event } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { Correlator } from '../../../../daemon/node/events/correlator.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const MINUTE = 60_000;

let made = 0;
const anEvent = (message: string, reason = 'BackOff', pod = 'web'): Event => ({
  metadata: { name: `${pod}.${++made}`, namespace: 'default' },
  involvedObject: { kind: 'Pod', namespace: 'default', name: pod, uid: `uid-${pod}` },
  type: 'Warning',
  reason,
  message,
  count: 1,
  firstTimestamp: `at ${made}`,
});

test('what happens again is counted in the same event', async (t) => {
  const correlator = new Correlator(new FakeClock());
  const first = correlator.correlate(anEvent('failed'));
  const second = correlator.correlate(anEvent('failed'));
  const { metadata, firstTimestamp } = first?.event ?? {};
  t.match(first, { do: 'create', event: { count: 1 } });
  t.match(second, { do: 'repeat', event: { metadata, firstTimestamp, count: 2 } });
  t.match(correlator.correlate(anEvent('other')), { do: 'create', event: { count: 1 } });
});

test('ten messages of one reason become one event, until ten minutes pass without another', async (t) => {
  const clock = new FakeClock();
  const correlator = new Correlator(clock);
  const tell = (n: number) => correlator.correlate(anEvent(`attempt ${n}`));
  for (let n = 1; n < 10; n++) t.match(tell(n), { do: 'create', event: { message: `attempt ${n}` } });
  const tenth = tell(10);
  t.match(tenth, { do: 'create', event: { message: '(combined from similar events): attempt 10', count: 1 } });
  t.match(tell(11), {
    do: 'repeat',
    event: { metadata: tenth?.event.metadata, message: '(combined from similar events): attempt 11', count: 2 },
  });
  await clock.advance(10 * MINUTE + 1);
  t.match(tell(12), { do: 'create', event: { message: 'attempt 12' } });
});

test('of one object 25 go through, and then one in five minutes; others are not held up', async (t) => {
  const clock = new FakeClock();
  const correlator = new Correlator(clock);
  const tell = () => correlator.correlate(anEvent('failed')) !== undefined;
  t.same(new Set(Array.from({ length: 25 }, tell)), new Set([true]));
  t.equal(tell(), false);
  t.ok(correlator.correlate(anEvent('failed', 'BackOff', 'other')));
  await clock.advance(5 * MINUTE);
  t.equal(tell(), true);
  t.equal(tell(), false);
});
