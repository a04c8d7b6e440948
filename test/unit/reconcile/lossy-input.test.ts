import fc from 'fast-check';
import { test } from 'tap';
import { type Controller, done, type Input } from '../../../daemon/reconcile/controller.ts';
import { Engine } from '../../../daemon/reconcile/engine.ts';
import { resourceType } from '../../../daemon/reconcile/resource.ts';
import { Store } from '../../../daemon/reconcile/store.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const seenType = resourceType<number>('Seen');

/** A world outside, which tells of its changes late, twice, in the wrong order or not at all; only a relist is complete. */
class World {
  readonly things = new Map<string, number>();
  readonly #known = new Set<string>();
  #notify: (keys: readonly string[]) => void = () => undefined;
  #held: string[] = [];

  readonly input: Input = {
    connect: (_store, notify) => {
      this.#notify = notify;
      return () => undefined;
    },
  };

  set(key: string, value: number | undefined): void {
    if (value === undefined) this.things.delete(key);
    else this.things.set(key, value);
    this.#known.add(key);
    this.#held.push(key);
  }

  deliver(how: 'lost' | 'twice' | 'reversed' | 'late'): void {
    const keys = this.#held;
    if (how === 'late') return;
    this.#held = [];
    if (how === 'lost') return;
    if (how === 'reversed') keys.reverse();
    for (const key of how === 'twice' ? [...keys, ...keys] : keys) this.#notify([key]);
  }

  relist(): void {
    this.#notify([...this.#known]);
  }
}

test('whatever is told late, twice, in the wrong order or not at all: after a relist, what was seen is what is there', async (t) => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    value: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
    how: fc.constantFrom('lost', 'twice', 'reversed', 'late'),
    /** How long a look at the world takes, ms: changes overtake it. */
    takes: fc.integer({ min: 0, max: 3 }),
    pause: fc.integer({ min: 0, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 3 }), async (steps, concurrency) => {
      const [store, clock, world] = [new Store(), new FakeClock(), new World()];
      let takes = 0;
      const controller: Controller = {
        name: 'observer',
        inputs: [world.input],
        outputs: [seenType],
        concurrency,
        async reconcile(key, context) {
          const value = world.things.get(key);
          await new Promise<void>((resolve) => clock.setTimer(clock.now() + takes, resolve));
          if (value === undefined) context.remove(seenType, key);
          else context.put(seenType, key, value);
          return done;
        },
      };
      const engine = new Engine({ store, clock, random: () => 0, onFailure: ({ message }) => t.fail(message) });
      engine.add(controller);
      engine.start();
      for (const s of steps) {
        takes = s.takes;
        world.set(s.key, s.value);
        world.deliver(s.how);
        if (s.pause > 0) await clock.advance(s.pause);
      }
      world.relist();
      await clock.advance(1000);
      t.same(new Map(store.list(seenType).map(({ id, value }) => [id, value])), world.things);
      await engine.stop();
    }),
    { numRuns: 200 },
  );
});
