import fc from 'fast-check';
import { test } from 'tap';
import { Refresher } from '../../../daemon/runtime/refresher.ts';

test('what a refresh saw is from after the call, and no key is looked at twice at once', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 20 }), async (s, calls) => {
      const truth = new Map<string, number>();
      const seen = new Map<string, number>();
      const looking = new Set<string>();
      let looks = 0;
      const refresher = new Refresher(async (key) => {
        if (looking.has(key)) throw new Error(`${key} is being looked at`);
        looking.add(key);
        looks++;
        const now = truth.get(key) ?? 0;
        await s.schedule(Promise.resolve());
        seen.set(key, now);
        looking.delete(key);
      }, 2);
      const done = calls.map(async (key) => {
        await s.schedule(Promise.resolve());
        const version = (truth.get(key) ?? 0) + 1;
        truth.set(key, version);
        await refresher.refresh(key);
        if ((seen.get(key) ?? 0) < version) throw new Error(`${key} is stale`);
      });
      await s.waitFor(Promise.all(done));
      if (looks > calls.length) throw new Error('more looks than calls');
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('calls during a look share the next one', async (t) => {
  const { promise: first, resolve } = Promise.withResolvers<void>();
  let looks = 0;
  const refresher = new Refresher(() => (++looks === 1 ? first : Promise.resolve()), 1);
  const calls = [refresher.refresh('a'), refresher.refresh('a'), refresher.refresh('a')];
  resolve();
  await Promise.all(calls);
  t.equal(looks, 2);
});

test('a look that fails fails its callers and not those of the next one', async (t) => {
  let looks = 0;
  const refresher = new Refresher(async () => {
    if (++looks === 1) throw new Error('gone');
  }, 1);
  const first = refresher.refresh('a');
  const second = refresher.refresh('a');
  await t.rejects(first, { message: 'gone' });
  await t.resolves(second);
});
