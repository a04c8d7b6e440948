import fc from 'fast-check';
import { test } from 'tap';
import { BootletError } from '../../../daemon/errors.ts';
import { type Controller, done, input, type Outcome } from '../../../daemon/reconcile/controller.ts';
import { Engine, troubleType } from '../../../daemon/reconcile/engine.ts';
import { resourceType } from '../../../daemon/reconcile/resource.ts';
import { Store, type Writer } from '../../../daemon/reconcile/store.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const wishType = resourceType<number>('Wish');
const giftType = resourceType<number>('Gift');

/** An engine with one controller that makes a gift twice the size of each wish, after `before` had its say. */
const anEngine = (before: (wish: number | undefined) => Outcome | undefined = () => undefined) => {
  const [store, clock] = [new Store(), new FakeClock()];
  const failures: string[] = [];
  const engine = new Engine({ store, clock, random: () => 0, onFailure: (trouble) => failures.push(trouble.message) });
  const wishes: Writer<number> = store.claim(wishType, 'test');
  const controller: Controller = {
    name: 'giver',
    inputs: [input(wishType)],
    outputs: [giftType],
    async reconcile(key, context) {
      const wish = context.store.get(wishType, key);
      const outcome = before(wish);
      if (outcome !== undefined) return outcome;
      if (wish === undefined) context.remove(giftType, key);
      else context.put(giftType, key, wish * 2);
      return done;
    },
  };
  engine.add(controller);
  return { store, clock, engine, wishes, failures };
};

test('what was there before the start is worked on, and every later change', async (t) => {
  const { store, clock, engine, wishes } = anEngine();
  wishes.put('a', 1);
  engine.start();
  await clock.settle();
  t.equal(store.get(giftType, 'a'), 2);
  wishes.put('a', 5);
  await clock.settle();
  t.equal(store.get(giftType, 'a'), 10);
  wishes.remove('a');
  await clock.settle();
  t.equal(store.get(giftType, 'a'), undefined);
});

test('a controller can write its outputs and nothing else', async (t) => {
  const [store, clock] = [new Store(), new FakeClock()];
  const wishes = store.claim(wishType, 'test');
  const failures: unknown[] = [];
  const engine = new Engine({ store, clock, random: () => 0, onFailure: (_, error) => failures.push(error) });
  engine.add({
    name: 'thief',
    inputs: [input(wishType)],
    outputs: [],
    async reconcile(key, context) {
      context.put(giftType, key, 1);
      return done;
    },
  });
  wishes.put('a', 1);
  engine.start();
  await clock.settle();
  t.match(failures, [{ code: 'E_INTERNAL', message: 'thief does not declare Gift as an output' }]);
  t.equal(store.get(giftType, 'a'), undefined);
});

test('two controllers cannot have one output', async (t) => {
  const { engine } = anEngine();
  const second = { name: 'second', inputs: [], outputs: [giftType], reconcile: async () => done };
  t.throws(() => engine.add(second), { code: 'E_INTERNAL', message: /giver is its writer/ });
});

test('a failure is shown with code and hint, retried with growing delays, and forgotten at the first success', async (t) => {
  let broken = true;
  const { store, clock, engine, wishes, failures } = anEngine(() => {
    if (broken) throw new BootletError('E_TIMEOUT', 'too slow', { hint: 'wait' });
    return undefined;
  });
  wishes.put('a', 1);
  engine.start();
  await clock.settle();
  const expected = {
    controller: 'giver',
    key: 'a',
    kind: 'failing',
    code: 'E_TIMEOUT',
    message: 'too slow',
    hint: 'wait',
  };
  t.match(store.get(troubleType, 'giver/a'), { ...expected, failures: 1, since: 0 });
  // Without chance, half of 500, 1000, 2000 …
  for (const [index, delay] of [250, 500, 1000, 2000].entries()) {
    await clock.advance(delay - 1);
    t.equal(failures.length, index + 1);
    await clock.advance(1);
    t.equal(failures.length, index + 2);
  }
  t.match(store.get(troubleType, 'giver/a'), { ...expected, failures: 5, since: 0 });
  broken = false;
  await clock.advance(60_000);
  t.equal(store.get(troubleType, 'giver/a'), undefined);
  t.equal(store.get(giftType, 'a'), 2);
  broken = true;
  wishes.put('a', 2);
  await clock.settle();
  t.match(store.get(troubleType, 'giver/a'), { failures: 1 }, 'counted from one again');
});

test('no delay between retries is longer than a minute', async (t) => {
  const { clock, engine, wishes, failures } = anEngine(() => {
    throw new Error('always');
  });
  wishes.put('a', 1);
  engine.start();
  await clock.advance(3_600_000);
  const { length } = failures;
  await clock.advance(60_000);
  t.ok(failures.length > length);
});

test('a failing key holds no other up', async (t) => {
  const { store, clock, engine, wishes } = anEngine((wish) => {
    if (wish === 13) throw new Error('unlucky');
    return undefined;
  });
  wishes.put('a', 13);
  wishes.put('b', 1);
  engine.start();
  await clock.settle();
  t.equal(store.get(giftType, 'b'), 2);
});

test('a change of an input cuts the wait for a retry short', async (t) => {
  const { store, clock, engine, wishes } = anEngine((wish) => {
    if (wish === 13) throw new Error('unlucky');
    return undefined;
  });
  wishes.put('a', 13);
  engine.start();
  await clock.settle();
  wishes.put('a', 1);
  await clock.settle();
  t.equal(store.get(giftType, 'a'), 2);
  t.equal(store.get(troubleType, 'giver/a'), undefined);
});

test('a wait is shown with what it is for and since when, and is no failure', async (t) => {
  let missing = true;
  const { store, clock, engine, wishes, failures } = anEngine(() =>
    missing ? { kind: 'wait', for: 'the shop to open', at: clockNow() + 1000 } : undefined,
  );
  const clockNow = (): number => clock.now();
  wishes.put('a', 1);
  engine.start();
  await clock.advance(1500);
  t.match(store.get(troubleType, 'giver/a'), { kind: 'waiting', message: 'the shop to open', failures: 0, since: 0 });
  t.same(failures, []);
  missing = false;
  await clock.advance(1000);
  t.equal(store.get(troubleType, 'giver/a'), undefined);
  t.equal(store.get(giftType, 'a'), 2);
});

test('a requeue comes back at its time and holds nothing but a timer until then', async (t) => {
  let calls = 0;
  const { clock, engine, wishes } = anEngine(() => {
    calls++;
    return calls === 1 ? { kind: 'requeue', at: 30_000 } : undefined;
  });
  wishes.put('a', 1);
  engine.start();
  await clock.advance(29_999);
  t.equal(calls, 1);
  t.equal(clock.timers, 1);
  await clock.advance(1);
  t.equal(calls, 2);
  t.equal(clock.timers, 0);
});

test('a stopped engine hears nothing more', async (t) => {
  const { store, clock, engine, wishes } = anEngine();
  engine.start();
  await engine.stop();
  wishes.put('a', 1);
  await clock.settle();
  t.equal(store.get(giftType, 'a'), undefined);
});

test('wishes in any order, repeated, with failures in between: the gifts are those of the last wishes', async (t) => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    wish: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    fails: fc.boolean(),
    pause: fc.constantFrom(0, 0, 1, 300, 5000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      let fails = false;
      const { store, clock, engine, wishes } = anEngine(() => {
        if (fails) throw new Error('for now');
        return undefined;
      });
      engine.start();
      const last = new Map<string, number>();
      for (const s of steps) {
        fails = s.fails;
        if (s.wish === undefined) {
          wishes.remove(s.key);
          last.delete(s.key);
        } else {
          wishes.put(s.key, s.wish);
          last.set(s.key, s.wish * 2);
        }
        if (s.pause > 0) await clock.advance(s.pause);
      }
      fails = false;
      await clock.advance(120_000);
      t.same(new Map(store.list(giftType).map(({ id, value }) => [id, value])), last);
      t.equal(store.list(troubleType).length, 0);
      await engine.stop();
    }),
    { numRuns: 100 },
  );
});

test('what asked not to be tried before a time is tried after it, by a jitter later', async (t) => {
  const tries: number[] = [];
  const { clock, engine, wishes } = anEngine(() => {
    tries.push(clock.now());
    throw new BootletError('E_APISERVER_REFUSED', 'too much to do', { retryAt: 90_000 });
  });
  wishes.put('a', 1);
  engine.start();
  await clock.advance(90_300);
  t.same(tries, [0, 90_250]);
});
