import fc from 'fast-check';
import { test } from 'tap';
import { BootletError } from '../../../daemon/errors.ts';
import { Store } from '../../../daemon/reconcile/store.ts';
import { RUNTIME_ID, RuntimeObserver } from '../../../daemon/runtime/observer.ts';
import { containerType, runtimeStateType } from '../../../daemon/runtime/resources.ts';
import type { ContainerChange, ContainerRuntime, ObservedContainer } from '../../../daemon/runtime/runtime.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const aContainer = (id: string, exitCode: number): ObservedContainer => ({
  id,
  kind: 'container',
  pod: { namespace: 'default', name: 'web', uid: 'u' },
  container: 'main',
  attempt: 0,
  state: 'running',
  pid: 1,
  createdAt: 1,
  startedAt: 1,
  finishedAt: 0,
  exitCode,
  oomKilled: false,
  error: '',
  image: 'a',
  imageId: 'sha256:1',
  stopSignal: 'SIGTERM',
  ips: [],
  logPath: '',
  writableLayer: '',
  labels: {},
});

/** A runtime in memory. Its stream says what it is made to say, and ends or fails when it is made to. */
class MemoryRuntime implements Pick<ContainerRuntime, 'version' | 'events' | 'list' | 'inspect'> {
  readonly containers = new Map<string, ObservedContainer>();
  readonly calls: string[] = [];
  isAway = false;
  readonly #events: ContainerChange[] = [];
  #wake = () => {};
  #isCut = false;

  set(id: string, exitCode: number): void {
    this.containers.set(id, aContainer(id, exitCode));
  }

  say(...ids: string[]): void {
    this.#events.push(...ids.map((id) => ({ id, isStart: false })));
    this.#wake();
  }

  sayStarted(id: string): void {
    this.#events.push({ id, isStart: true });
    this.#wake();
  }

  cut(): void {
    this.#isCut = true;
    this.#wake();
  }

  async version() {
    this.#answer('version');
    return { name: 'docker', version: '20.10', apiVersion: '1.41' };
  }

  async list() {
    this.#answer('list');
    return [...this.containers.values()];
  }

  async inspect(id: string) {
    this.#answer(`inspect ${id}`);
    return this.containers.get(id);
  }

  async events(signal: AbortSignal) {
    this.#answer('events');
    this.#isCut = false;
    signal.addEventListener('abort', () => this.cut());
    return this.#stream();
  }

  async *#stream(): AsyncGenerator<ContainerChange> {
    for (;;) {
      yield* this.#events.splice(0);
      if (this.#isCut) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #answer(call: string): void {
    this.calls.push(call);
    if (this.isAway) throw new BootletError('E_RUNTIME_UNAVAILABLE', 'docker is away');
  }
}

const setUp = () => {
  const runtime = new MemoryRuntime();
  const store = new Store();
  const clock = new FakeClock();
  const warnings: string[] = [];
  const log = { info: () => {}, warn: (_: unknown, message?: string) => warnings.push(message ?? '') };
  const observer = new RuntimeObserver({ runtime, store, clock, random: () => 1, log });
  const seen = () => Object.fromEntries(store.list(containerType).map(({ id, value }) => [id, value.exitCode]));
  const state = () => store.get(runtimeStateType, RUNTIME_ID);
  return { runtime, store, clock, observer, warnings, seen, state };
};

test('before the first list nothing is known to be missing', async (t) => {
  const { observer, clock, state } = setUp();
  t.match(state(), { ready: false, listed: false });
  observer.start();
  await clock.settle();
  t.match(state(), { ready: true, listed: true, version: '20.10' });
  await observer.stop();
});

test('the stream is opened before the list is asked for, so that nothing falls in between', async (t) => {
  const { observer, clock, runtime } = setUp();
  observer.start();
  await clock.settle();
  t.same(runtime.calls, ['version', 'events', 'list']);
  await observer.stop();
});

test('events in any order, repeated, or lost until the next list lead to the same end', async (t) => {
  const id = fc.constantFrom('a', 'b', 'c');
  const step = fc.oneof(
    fc.record({ do: fc.constant('set' as const), id, to: fc.nat(9) }),
    fc.record({ do: fc.constant('remove' as const), id }),
    fc.record({ do: fc.constant('say' as const), id }),
    fc.record({ do: fc.constant('say-started' as const), id }),
    fc.record({ do: fc.constant('refresh' as const), id }),
    fc.record({ do: fc.constant('cut' as const) }),
    fc.record({ do: fc.constant('away' as const) }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.nat(9000) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { observer, clock, runtime, seen, state } = setUp();
      observer.start();
      for (const s of steps) {
        if (s.do === 'set') runtime.set(s.id, s.to);
        else if (s.do === 'remove') runtime.containers.delete(s.id);
        else if (s.do === 'say') runtime.say(s.id);
        else if (s.do === 'say-started') runtime.sayStarted(s.id);
        else if (s.do === 'refresh') await observer.refresh(s.id).catch(() => {});
        else if (s.do === 'pass') await clock.advance(s.ms);
        else {
          runtime.isAway = s.do === 'away';
          runtime.cut();
        }
      }
      runtime.isAway = false;
      await clock.advance(400_000);
      const truth = Object.fromEntries([...runtime.containers].map(([key, { exitCode }]) => [key, exitCode]));
      t.same(seen(), truth);
      t.equal(state()?.ready, true);
      await observer.stop();
    }),
    { numRuns: 100 },
  );
});

test('a start that whoever began it has seen is not looked at again, and any other is', async (t) => {
  const { observer, clock, runtime, seen } = setUp();
  observer.start();
  await clock.settle();
  runtime.set('a', 0);
  runtime.sayStarted('a');
  await clock.settle();
  await observer.refresh('a');
  await clock.advance(1_000);
  t.equal(runtime.calls.filter((call) => call === 'inspect a').length, 1);
  runtime.set('b', 7);
  runtime.sayStarted('b');
  await clock.advance(1_000);
  t.same(seen(), { a: 0, b: 7 });
  await observer.stop();
});

test('while the runtime is away its containers stay as last seen, and it is said once', async (t) => {
  const { observer, clock, runtime, seen, state, warnings } = setUp();
  runtime.set('a', 0);
  observer.start();
  await clock.settle();
  runtime.isAway = true;
  runtime.cut();
  await clock.advance(60_000);
  t.same(seen(), { a: 0 });
  t.match(state(), { ready: false, listed: true, message: 'docker is away', version: '20.10' });
  t.equal(warnings.length, 1);
  await observer.stop();
});

test('it tries again after 100 ms, then ever later, up to 5 s', async (t) => {
  const { observer, clock, runtime } = setUp();
  runtime.isAway = true;
  observer.start();
  await clock.advance(99);
  t.equal(runtime.calls.length, 1);
  await clock.advance(1);
  t.equal(runtime.calls.length, 2);
  await clock.advance(60_000);
  const before = runtime.calls.length;
  await clock.advance(5_000);
  t.equal(runtime.calls.length, before + 1);
  await observer.stop();
});

test('a container that was looked at during a list is not set back by the older answer', async (t) => {
  const { observer, clock, runtime, seen } = setUp();
  observer.start();
  await clock.settle();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  runtime.list = async () => {
    const answer = [...runtime.containers.values()];
    await gate;
    return answer;
  };
  runtime.set('old', 1);
  await clock.advance(300_000);
  runtime.set('old', 2);
  runtime.set('new', 3);
  await Promise.all([observer.refresh('old'), observer.refresh('new')]);
  open();
  await clock.settle();
  t.same(seen(), { old: 2, new: 3 });
  await observer.stop();
});

test('a container that cannot be read stays as last seen and holds up no other, and it is said once', async (t) => {
  const { observer, clock, runtime, seen, state, warnings } = setUp();
  runtime.set('a', 0);
  observer.start();
  await clock.settle();
  runtime.list = async () => [
    { ...aContainer('a', 9), state: 'unknown' },
    { ...aContainer('b', 9), state: 'unknown' },
  ];
  const inspect = runtime.inspect.bind(runtime);
  runtime.inspect = async (id) => {
    if (id === 'a') throw new BootletError('E_TIMEOUT', 'it hangs');
    return inspect(id);
  };
  runtime.set('c', 3);
  runtime.say('a', 'c');
  await clock.settle();
  t.same(seen(), { a: 0, c: 3 });
  await clock.advance(300_000);
  t.same(seen(), { a: 0, b: 9 }, 'one that was never seen is known by what the list says');
  t.match(state(), { ready: true });
  t.equal(warnings.length, 2);
  await observer.stop();
});

test('stopped, it holds no timer and asks no more', async (t) => {
  const { observer, clock, runtime } = setUp();
  observer.start();
  await clock.settle();
  await observer.stop();
  const before = runtime.calls.length;
  runtime.say('a');
  await clock.advance(1_000_000);
  t.equal(runtime.calls.length, before);
  t.equal(clock.timers, 0);
});
