import { test } from 'tap';
import { type Change, resourceType } from '../../../daemon/reconcile/resource.ts';
import { Store } from '../../../daemon/reconcile/store.ts';

interface Pet {
  readonly name: string;
  readonly legs?: number;
}
const petType = resourceType<Pet>('Pet');

test('a type has one writer, and whoever comes second is refused by name', async (t) => {
  const store = new Store();
  store.claim(petType, 'zoo');
  t.throws(() => store.claim(petType, 'circus'), {
    code: 'E_INTERNAL',
    message: 'circus cannot write Pet: zoo is its writer',
  });
});

test('a value is read back by its id, and all of a type by the type', async (t) => {
  const store = new Store();
  const pets = store.claim(petType, 'zoo');
  pets.put('1', { name: 'cat' });
  pets.put('2', { name: 'dog' });
  t.same(store.get(petType, '1'), { name: 'cat' });
  t.same(
    store.list(petType).map(({ id, value }) => [id, value.name]),
    [
      ['1', 'cat'],
      ['2', 'dog'],
    ],
  );
  t.equal(store.get(petType, '3'), undefined);
});

test('writing an equal value is no change', async (t) => {
  const store = new Store();
  const pets = store.claim(petType, 'zoo');
  pets.put('1', { name: 'cat', legs: 4 });
  const { version } = store;
  store.watch(petType, () => t.fail('nothing changed'));
  pets.put('1', { legs: 4, name: 'cat' });
  pets.remove('2');
  t.equal(store.version, version);
});

test('a watcher sees every later change of its type, in the turn of the write, until it ends', async (t) => {
  const store = new Store();
  const pets = store.claim(petType, 'zoo');
  pets.put('0', { name: 'before' });
  const seen: string[] = [];
  const end = store.watch(petType, ({ kind, resource }: Change<Pet>) =>
    seen.push(`${kind} ${resource.id} ${resource.value.name}`),
  );
  pets.put('1', { name: 'cat' });
  pets.put('1', { name: 'dog' });
  pets.remove('1');
  t.same(seen, ['added 1 cat', 'modified 1 dog', 'removed 1 dog']);
  end();
  pets.put('2', { name: 'after' });
  t.equal(seen.length, 3);
});

test('versions grow with every change of any type, a removal too', async (t) => {
  const store = new Store();
  const pets = store.claim(petType, 'zoo');
  const toys = store.claim(resourceType<string>('Toy'), 'shop');
  const versions: number[] = [];
  store.watch(petType, ({ resource }) => versions.push(resource.version));
  pets.put('1', { name: 'cat' });
  toys.put('1', 'ball');
  pets.remove('1');
  t.same(versions, [1, 3]);
  t.equal(store.version, 3);
});
