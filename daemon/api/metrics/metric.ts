import type { CounterTally, HistogramTally, Labels, Series } from '../../reconcile/tally.ts';

/** A metric at one moment, with all its series. */
export interface PlainMetric {
  readonly type: 'gauge' | 'counter';
  readonly name: string;
  readonly help: string;
  readonly series: readonly Series<number>[];
}

/** One metric of things that are measured alike, and how it is read off one of them; undefined: it has none. */
export type Measure<T> = Omit<PlainMetric, 'series'> & { readonly of: (measured: T) => number | undefined };

/** Each measure as a metric with a series for everything that has it. */
export const measured = <T>(
  measures: readonly Measure<T>[],
  all: readonly { readonly labels: Labels; readonly measured: T }[],
): readonly PlainMetric[] =>
  measures.map(({ of, ...metric }) => ({
    ...metric,
    series: all.flatMap(({ labels, measured }): Series<number>[] => {
      const value = of(measured);
      return value === undefined ? [] : [{ labels, value }];
    }),
  }));

export type Metric = PlainMetric | CounterTally | HistogramTally;
