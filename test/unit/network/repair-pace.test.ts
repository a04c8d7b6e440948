import { test } from 'tap';
import { RepairPace } from '../../../daemon/network/repair-pace.ts';

const MINUTE = 60_000;

const repairedAt = (...times: readonly number[]): RepairPace => {
  const pace = new RepairPace();
  for (const at of times) pace.repaired(at);
  return pace;
};

test('a few repairs are made at once', async (t) => {
  t.equal(repairedAt(0, 1).dueAt(2), 2);
});

test('each further repair waits twice as long, at most five minutes', async (t) => {
  t.equal(repairedAt(0, 1, 2).dueAt(3), 1002);
  t.equal(repairedAt(0, 1, 2, 1002).dueAt(1003), 3002);
  t.ok(repairedAt(0, 1, 2, 1002).isFight(1003));
  const many = Array.from({ length: 20 }, (_, n) => n);
  t.equal(repairedAt(...many).dueAt(20), 19 + 5 * MINUTE);
});

test('a fight is over ten minutes after its first repairs', async (t) => {
  const pace = repairedAt(0, 1, 2, 1002);
  t.notOk(pace.isFight(10 * MINUTE + 500));
  t.equal(pace.dueAt(10 * MINUTE + 500), 10 * MINUTE + 500);
});

test('repairs of before are counted on', async (t) => {
  const pace = new RepairPace(repairedAt(0, 1).times);
  pace.repaired(2);
  t.same(pace.times, [0, 1, 2]);
  t.equal(pace.dueAt(3), 1002);
});

test('repairs at times that a clock had which was ahead do not count for ever', async (t) => {
  const pace = repairedAt(...[0, 1, 2, 3].map((n) => 60 * MINUTE + n));
  t.equal(pace.dueAt(5), 5);
});
