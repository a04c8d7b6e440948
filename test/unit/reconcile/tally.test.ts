import { test } from 'tap';
import { CounterTally, HistogramTally } from '../../../daemon/reconcile/tally.ts';

test('a counter counts each combination of labels by itself, and forgets those that are gone', (t) => {
  const tally = new CounterTally({ name: 'n_total', help: 'h' });
  tally.increment({ pod: 'a', result: 'ok' });
  tally.increment({ pod: 'a', result: 'ok' });
  tally.increment({ pod: 'b', result: 'ok' });
  t.same(tally.series, [
    { labels: { pod: 'a', result: 'ok' }, value: 2 },
    { labels: { pod: 'b', result: 'ok' }, value: 1 },
  ]);
  tally.forget({ pod: 'a' });
  t.same(
    tally.series.map(({ labels }) => labels['pod']),
    ['b'],
  );
  t.end();
});

test('a histogram puts each observation into the first bucket that holds it', (t) => {
  const tally = new HistogramTally({ name: 'n', help: 'h', bounds: [1, 2] });
  for (const value of [0.5, 1, 1.5, 9]) tally.observe(value);
  t.same(tally.series, [{ labels: {}, value: { buckets: [2, 1, 1], sum: 12, count: 4 } }]);
  t.end();
});
