import { test } from 'tap';
import { render } from '../../../../daemon/api/metrics/render.ts';
import { CounterTally, HistogramTally } from '../../../../daemon/reconcile/tally.ts';

test('metrics are rendered in the text form of Prometheus, again and again', async (t) => {
  const counter = new CounterTally({ name: 'n_total', help: 'counts' });
  counter.increment({ pod: 'a"b' });
  const histogram = new HistogramTally({ name: 'd_seconds', help: 'lasts', bounds: [0.5, 2] });
  for (const value of [0.25, 1, 8]) histogram.observe(value, { kind: 'x' });
  const gauge = { type: 'gauge', name: 'g', help: 'is', series: [{ labels: {}, value: 1.5 }] } as const;
  const { text, contentType } = await render([counter, histogram, gauge]);
  t.match(contentType, /^text\/plain; version=0\.0\.4/);
  t.equal(
    text,
    `# HELP n_total counts
# TYPE n_total counter
n_total{pod="a\\"b"} 1

# HELP d_seconds lasts
# TYPE d_seconds histogram
d_seconds_bucket{kind="x",le="0.5"} 1
d_seconds_bucket{kind="x",le="2"} 2
d_seconds_bucket{kind="x",le="+Inf"} 3
d_seconds_sum{kind="x"} 9.25
d_seconds_count{kind="x"} 3

# HELP g is
# TYPE g gauge
g 1.5
`,
  );
  t.equal((await render([counter, histogram, gauge])).text, text);
});

test('a metric without series is not shown, but for a counter without labels, which starts at 0', async (t) => {
  const gauge = { type: 'gauge', name: 'container_memory_rss', help: 'is', series: [] } as const;
  const labelled = new CounterTally({ name: 'kubelet_evictions', help: 'counts' });
  const plain = new CounterTally({ name: 'started_total', help: 'counts', isLabelled: false });
  const { text } = await render([gauge, labelled, plain]);
  t.equal(text, '# HELP started_total counts\n# TYPE started_total counter\nstarted_total 0\n');
});
