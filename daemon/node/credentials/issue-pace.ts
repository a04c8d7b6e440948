import { type Backoff, jitteredDelay } from '../../reconcile/backoff.ts';
import type { Clock } from '../../reconcile/clock.ts';

const PACE: Backoff = { base: 10_000, cap: 5 * 60_000 };

/**
 * How fast certificates are asked for. Each that the cluster issued, or denied, makes the next wait longer, until one was
 * taken: a cluster that refuses what it issues, since its authorities do not agree, shall not be flooded with requests.
 */
export class IssuePace {
  readonly #clock: Clock;
  readonly #random: () => number;
  #ended = 0;
  #nextAt = 0;

  /** @param random in [0, 1) */
  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** When the next may be asked for, ms since the epoch; undefined: now. */
  get waitUntil(): number | undefined {
    return this.#clock.now() < this.#nextAt ? this.#nextAt : undefined;
  }

  /** A request came to its end. */
  ended(): void {
    this.#ended++;
    this.#nextAt = this.#clock.now() + jitteredDelay(this.#ended, PACE, this.#random());
  }

  /** The cluster took what it issued. */
  taken(): void {
    this.#ended = 0;
    this.#nextAt = 0;
  }
}
