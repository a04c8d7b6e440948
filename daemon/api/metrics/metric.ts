import type { CounterTally, HistogramTally, Series } from '../../reconcile/tally.ts';

/** A metric at one moment, with all its series. */
export interface PlainMetric {
  readonly type: 'gauge' | 'counter';
  readonly name: string;
  readonly help: string;
  readonly series: readonly Series<number>[];
}

export type Metric = PlainMetric | CounterTally | HistogramTally;
