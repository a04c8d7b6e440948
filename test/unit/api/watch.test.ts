import fc from 'fast-check';
import { test } from 'tap';
import { Changes } from '../../../daemon/api/changes.ts';
import type { ApiObject } from '../../../daemon/api/object.ts';
import { type WatchEvent, watch } from '../../../daemon/api/watch.ts';

/** A collection with a store of its own. */
class Shelf {
  readonly changes = new Changes<ApiObject>(0);
  readonly #objects = new Map<string, ApiObject>();
  #version = 0;

  version(): number {
    return this.#version;
  }
  list(): readonly ApiObject[] {
    return [...this.#objects.values()];
  }
  put(name: string, color = 'red'): void {
    const resourceVersion = String(++this.#version);
    const object = { apiVersion: 'v1', kind: 'Thing', metadata: { name, resourceVersion, labels: { color } } };
    const before = this.#objects.get(name);
    this.#objects.set(name, object);
    this.changes.publish({ kind: 'put', object, before, version: this.#version });
  }
  remove(name: string): void {
    const object = this.#objects.get(name);
    if (object === undefined) return;
    this.#objects.delete(name);
    this.changes.publish({ kind: 'removed', object, before: object, version: ++this.#version });
  }
}

const isRed = ({ metadata }: ApiObject): boolean => metadata.labels?.['color'] === 'red';
const told = ({ type, object }: WatchEvent<ApiObject>): string => `${type} ${object.metadata.name}`;

const follow = (shelf: Shelf, since: number) => {
  const events: string[] = [];
  const started = watch(shelf, isRed, since, (event) => events.push(told(event)));
  return { events, initial: started?.initial.map(told), end: () => started?.end() };
};

test('a watch without a version begins with everything there is, and goes on with changes', async (t) => {
  const shelf = new Shelf();
  shelf.put('a');
  const { initial, events, end } = follow(shelf, 0);
  t.same(initial, ['ADDED a']);
  shelf.put('b');
  shelf.put('a');
  shelf.remove('b');
  end();
  shelf.put('c');
  t.same(events, ['ADDED b', 'MODIFIED a', 'DELETED b']);
});

test('a watch from a list tells what changed since, removals too, in order', async (t) => {
  const shelf = new Shelf();
  for (const name of ['a', 'b', 'c']) shelf.put(name);
  const since = shelf.version();
  shelf.remove('b');
  shelf.put('d');
  shelf.put('a');
  t.same(follow(shelf, since).initial, ['DELETED b', 'ADDED d', 'MODIFIED a']);
  t.same(follow(shelf, shelf.version()).initial, []);
});

test('an object that no longer matches is deleted for the watcher, one that never did is never spoken of', async (t) => {
  const shelf = new Shelf();
  shelf.put('a');
  shelf.put('blue', 'blue');
  const { initial, events } = follow(shelf, 0);
  t.same(initial, ['ADDED a']);
  shelf.put('a', 'blue');
  shelf.put('a', 'blue');
  shelf.put('blue', 'green');
  shelf.remove('blue');
  shelf.put('a');
  t.same(events, ['DELETED a', 'ADDED a']);
});

test('a version of an earlier daemon, or one too long ago, is refused', async (t) => {
  const shelf = new Shelf();
  shelf.put('a');
  t.equal(follow(shelf, 99).initial, undefined);
  for (let i = 0; i < 600; i++) {
    shelf.put('x');
    shelf.remove('x');
  }
  t.equal(follow(shelf, 1).initial, undefined);
  t.not(follow(shelf, shelf.version() - 10).initial, undefined);
});

test('whoever lists and then watches ends with what is there, whatever happened between and after', async (t) => {
  const step = fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    color: fc.constantFrom('red', 'blue'),
    remove: fc.boolean(),
  });
  const steps = fc.array(step, { maxLength: 20 });
  const run = (shelf: Shelf, list: readonly { name: string; color: string; remove: boolean }[]): void => {
    for (const { name, color, remove } of list) remove ? shelf.remove(name) : shelf.put(name, color);
  };
  fc.assert(
    fc.property(steps, steps, steps, (before, between, after) => {
      const shelf = new Shelf();
      shelf.put('z');
      run(shelf, before);
      const known = new Map(
        shelf
          .list()
          .filter(isRed)
          .map((object) => [object.metadata.name, object]),
      );
      const apply = ({ type, object }: WatchEvent<ApiObject>): void =>
        void (type === 'DELETED' ? known.delete(object.metadata.name) : known.set(object.metadata.name, object));
      const since = shelf.version();
      run(shelf, between);
      const started = watch(shelf, isRed, since, apply);
      for (const event of started?.initial ?? []) apply(event);
      run(shelf, after);
      const names = (objects: readonly ApiObject[]) =>
        objects.map(({ metadata }) => metadata).sort((a, b) => a.name.localeCompare(b.name));
      return JSON.stringify(names([...known.values()])) === JSON.stringify(names(shelf.list().filter(isRed)));
    }),
  );
  t.pass();
});
