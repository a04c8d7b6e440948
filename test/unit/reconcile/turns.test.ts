import { test } from 'tap';
import { Turns } from '../../../daemon/reconcile/turns.ts';
import { FakeClock } from '../../support/fake-clock.ts';

test('one that must not run beside another waits until that one is over', async (t) => {
  const turns = new Turns();
  const first = await turns.take('bridge', () => []);
  const order: string[] = [];
  const second = turns.take('docker', () => ['bridge']).then(() => order.push('docker'));
  await new FakeClock().settle();
  order.push('bridge is over');
  first[Symbol.dispose]();
  await second;
  t.same(order, ['bridge is over', 'docker']);
});

test('others run beside each other', async (t) => {
  const turns = new Turns();
  await turns.take('docker', () => ['bridge']);
  t.ok(await turns.take('bridge', () => ['kernel']));
});

test('two that name each other go one after another', async (t) => {
  const turns = new Turns();
  const before = await turns.take('kernel', () => []);
  const order: string[] = [];
  const take = async (name: string, other: string) => {
    using _ = await turns.take(name, () => ['kernel', other]);
    order.push(`${name} begun`);
    await new FakeClock().settle();
    order.push(`${name} over`);
  };
  const both = [take('a', 'b'), take('b', 'a')];
  before[Symbol.dispose]();
  await Promise.all(both);
  t.same(order, ['a begun', 'a over', 'b begun', 'b over']);
});
