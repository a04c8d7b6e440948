/** Names and values that tell one series of a metric from the others. */
export type Labels = Readonly<Record<string, string>>;

interface Metric {
  /** As Prometheus shows it. */
  readonly name: string;
  readonly help: string;
}

export interface Series<T> {
  readonly labels: Labels;
  readonly value: T;
}

/** Values of one kind by labels. `forget` keeps it from growing with what comes and goes. */
abstract class Tally<T> {
  abstract readonly type: 'counter' | 'histogram';
  readonly name: string;
  readonly help: string;
  readonly #series = new Map<string, Series<T>>();

  constructor({ name, help }: Metric) {
    this.name = name;
    this.help = help;
  }

  get series(): readonly Series<T>[] {
    return [...this.#series.values()];
  }

  /** Drops the series whose labels have all of these. */
  forget(labels: Labels): void {
    const wanted = Object.entries(labels);
    for (const [key, one] of this.#series) {
      if (wanted.every(([name, value]) => one.labels[name] === value)) this.#series.delete(key);
    }
  }

  protected update(labels: Labels, change: (before: T | undefined) => T): void {
    const key = Object.values(labels).join('\0');
    this.#series.set(key, { labels, value: change(this.#series.get(key)?.value) });
  }
}

/** Counts events. Each call of one tally must give the same labels in the same order. */
export class CounterTally extends Tally<number> {
  readonly type = 'counter';

  /** @param isLabelled default: yes; one without labels has its one series from the start, as 0 */
  constructor({ isLabelled = true, ...metric }: Metric & { readonly isLabelled?: boolean }) {
    super(metric);
    if (!isLabelled) this.update({}, () => 0);
  }

  increment(labels: Labels = {}): void {
    this.update(labels, (before = 0) => before + 1);
  }
}

export interface Distribution {
  /** How many observations were at most as large as each bound; one more entry for those above the last. Not cumulative. */
  readonly buckets: readonly number[];
  readonly sum: number;
  readonly count: number;
}

/**
 * How observations are spread. Kept here without Prometheus' library, which costs 10 MB of memory that only a host whose
 * metrics are read should spend.
 */
export class HistogramTally extends Tally<Distribution> {
  readonly type = 'histogram';
  /** Upper bounds, ascending. */
  readonly bounds: readonly number[];

  /** @param bounds default: those of Prometheus' client libraries, for seconds */
  constructor({ bounds = DEFAULT_BOUNDS, ...metric }: Metric & { readonly bounds?: readonly number[] }) {
    super(metric);
    this.bounds = bounds;
  }

  observe(value: number, labels: Labels = {}): void {
    const found = this.bounds.findIndex((bound) => value <= bound);
    const bucket = found === -1 ? this.bounds.length : found;
    this.update(labels, (before = { buckets: [...this.bounds.map(() => 0), 0], sum: 0, count: 0 }) => ({
      buckets: before.buckets.with(bucket, (before.buckets[bucket] ?? 0) + 1),
      sum: before.sum + value,
      count: before.count + 1,
    }));
  }
}

const DEFAULT_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
