import fc from 'fast-check';
import { test } from 'tap';
import { WorkQueue } from '../../../daemon/reconcile/work-queue.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** A queue whose work ends when the test says so. */
const aQueue = (concurrency = 1) => {
  const clock = new FakeClock();
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (key: string): Promise<void> => {
    started.push(key);
    return new Promise((resolve) => ends.set(key, resolve));
  };
  const end = async (key: string): Promise<void> => {
    ends.get(key)?.();
    await clock.settle();
  };
  return { clock, started, end, queue: new WorkQueue({ clock, concurrency, work }) };
};

test('a key that is added many times in one turn is worked on once', async (t) => {
  const { queue, clock, started } = aQueue();
  for (let i = 0; i < 3; i++) queue.add('a');
  await clock.settle();
  t.same(started, ['a']);
});

test('a key that is added while it is in work is worked on again afterwards, and never twice at once', async (t) => {
  const { queue, clock, started, end } = aQueue(5);
  queue.add('a');
  await clock.settle();
  queue.add('a');
  queue.add('a');
  await clock.settle();
  t.same(started, ['a']);
  await end('a');
  t.same(started, ['a', 'a']);
  await end('a');
  t.same(started, ['a', 'a']);
});

test('as many keys are in work as allowed, the others in order of arrival', async (t) => {
  const { queue, clock, started, end } = aQueue(2);
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
  await clock.settle();
  t.same(started, ['a', 'b']);
  await end('b');
  t.same(started, ['a', 'b', 'c']);
});

test('a key that waits for its time holds a timer and no place', async (t) => {
  const { queue, clock, started } = aQueue(1);
  queue.addAt('later', 1000);
  queue.add('now');
  await clock.settle();
  t.same(started, ['now']);
  t.equal(clock.timers, 1);
});

test('of two times the nearer counts, and an addition at once takes the place of both', async (t) => {
  const { queue, clock, started, end } = aQueue();
  queue.addAt('a', 2000);
  queue.addAt('a', 1000);
  queue.addAt('a', 3000);
  await clock.advance(1000);
  t.same(started, ['a']);
  await end('a');
  queue.addAt('a', 5000);
  queue.add('a');
  await clock.settle();
  t.same(started, ['a', 'a']);
  t.equal(clock.timers, 0);
});

test('a stopped queue ends what is in work, takes nothing more and holds no timer', async (t) => {
  const { queue, clock, started, end } = aQueue();
  queue.add('a');
  queue.add('b');
  queue.addAt('c', 1000);
  await clock.settle();
  const stopped = queue.stop();
  queue.add('d');
  await end('a');
  await stopped;
  await clock.advance(2000);
  t.same(started, ['a']);
  t.equal(clock.timers, 0);
});

test('whatever is added whenever, no key is lost, none is in work twice at once, and the limit holds', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), key: fc.constantFrom('a', 'b', 'c') }),
    fc.record({
      do: fc.constant('addAt' as const),
      key: fc.constantFrom('a', 'b', 'c'),
      delay: fc.integer({ min: 0, max: 50 }),
    }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 40 }) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 20 }),
      async (steps, concurrency, duration) => {
        const clock = new FakeClock();
        const working = new Set<string>();
        /** The work that each key still owes. */
        const owed = new Set<string>();
        let fault = '';
        const work = async (key: string): Promise<void> => {
          if (working.has(key)) fault = `${key} twice at once`;
          working.add(key);
          if (working.size > concurrency) fault = 'too many at once';
          owed.delete(key);
          await new Promise<void>((resolve) => clock.setTimer(clock.now() + duration, resolve));
          working.delete(key);
        };
        const queue = new WorkQueue({ clock, concurrency, work });
        for (const s of steps) {
          if (s.do === 'advance') await clock.advance(s.ms);
          else {
            owed.add(s.key);
            if (s.do === 'add') queue.add(s.key);
            else queue.addAt(s.key, clock.now() + s.delay);
          }
        }
        await clock.advance(10_000);
        return fault === '' && owed.size === 0 && working.size === 0 && clock.timers === 0;
      },
    ),
    { numRuns: 200 },
  );
});
