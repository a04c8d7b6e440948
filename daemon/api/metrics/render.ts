import type { Distribution, HistogramTally, Labels } from '../../reconcile/tally.ts';
import type { Metric } from './metric.ts';

/** The text form of Prometheus, and its content type. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** Renders metrics as they are now. The library is loaded with the first request, since it costs 10 MB of memory. */
export const render = async (metrics: readonly Metric[]): Promise<Exposition> => {
  const { Counter, Gauge, Histogram, Registry } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];

  /** prom-client's can only observe; the values of this one were observed before. */
  class ObservedHistogram extends Histogram {
    readonly #tally: HistogramTally;

    constructor(tally: HistogramTally) {
      super({ name: tally.name, help: tally.help, registers });
      this.#tally = tally;
    }

    /** What prom-client's registry renders from; its types leave it out. */
    async getForPromString() {
      const { type, name, help, bounds, series } = this.#tally;
      return { type, name, help, values: series.flatMap(({ labels, value }) => linesOf(name, bounds, labels, value)) };
    }
  }

  for (const metric of metrics) {
    if (metric.type === 'histogram') {
      new ObservedHistogram(metric);
      continue;
    }
    const { name, help, series } = metric;
    // A metric without labels would be shown as 0.
    if (series.length === 0) continue;
    const labelNames = Object.keys(series[0]?.labels ?? {});
    const made = new { counter: Counter, gauge: Gauge }[metric.type]({ name, help, labelNames, registers });
    if (labelNames.length === 0) made.reset();
    for (const { labels, value } of series) made.inc(labels, value);
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
};

/** The series of one histogram: how many were at most as large as each bound, their sum, and how many there were. */
const linesOf = (name: string, bounds: readonly number[], labels: Labels, { buckets, sum, count }: Distribution) => {
  let below = 0;
  const counts = bounds.map((bound, i) => {
    below += buckets[i] ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: String(bound) }, value: below };
  });
  return [
    ...counts,
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
};
