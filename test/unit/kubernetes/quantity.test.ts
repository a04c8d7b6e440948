import fc from 'fast-check';
import { test } from 'tap';
import {
  compareQuantities,
  formatQuantity,
  milliOf,
  parseQuantity,
  type Quantity,
  unitsOf,
} from '../../../daemon/kubernetes/quantity.ts';

const parse = (text: string): Quantity => parseQuantity(text) ?? { nano: -404n, format: 'decimal' };

test('every suffix scales by its power', async (t) => {
  t.equal(milliOf(parse('1500m')), 1500n);
  t.equal(milliOf(parse('0.5')), 500n);
  t.equal(unitsOf(parse('64Mi')), 64n * 1024n * 1024n);
  t.equal(unitsOf(parse('1.5Ki')), 1536n);
  t.equal(unitsOf(parse('2e3')), 2000n);
  t.equal(unitsOf(parse('1E')), 10n ** 18n);
});

test('what is finer than a billionth is rounded away from zero', async (t) => {
  t.equal(parse('0.1n').nano, 1n);
  t.equal(parse('-0.1n').nano, -1n);
  t.equal(unitsOf(parse('1m')), 1n, 'and whole units are rounded up');
});

test('what Kubernetes takes for no quantity is none', async (t) => {
  for (const text of ['', '1K', '1ki', '1 Gi', '1..2', '--1', '0x10', '1e', '１', '1GiB'])
    t.equal(parseQuantity(text), undefined, text);
  t.equal(parse('m').nano, 0n, 'but digits may be missing');
});

test('a quantity reads back as it was written out', async (t) => {
  const quantity = fc.record({
    nano: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
    format: fc.constantFrom<Quantity['format']>('decimal', 'exponent'),
  });
  fc.assert(fc.property(quantity, (q) => parse(formatQuantity(q)).nano === q.nano));
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 60n }), (n) => unitsOf(parse(`${n}Ki`)) === n * 1024n));
  t.equal(formatQuantity(parse('1048576Ki')), '1Gi');
  t.equal(formatQuantity(parse('1000m')), '1');
});

test('order is that of the values, whatever they are written in', async (t) => {
  t.equal(compareQuantities(parse('1Ki'), parse('1024')), 0);
  t.equal(compareQuantities(parse('1k'), parse('1Ki')), -1);
});

test('absurd exponents and lengths take no time', async (t) => {
  t.type(parseQuantity('1e999999999')?.nano, 'bigint');
  t.equal(parseQuantity('1'.repeat(2_000_000)), undefined);
});
