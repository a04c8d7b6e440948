import type { Clock } from './clock.ts';

export interface Rate {
  /** So many at once. */
  readonly burst: number;
  /** One more after each of these, ms. */
  readonly refillMs: number;
}

/** Lets through a burst, and then no more than a rate (client-go's flowcontrol). */
export class TokenBucket {
  readonly #rate: Rate;
  readonly #clock: Clock;
  #tokens: number;
  #countedAt: number;

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#tokens = rate.burst;
    this.#countedAt = clock.now();
  }

  /** Takes one, if there is one. */
  take(): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** When there is one, ms since the epoch. */
  get nextAt(): number {
    this.#refill();
    return this.#countedAt + Math.max(0, Math.ceil((1 - this.#tokens) * this.#rate.refillMs));
  }

  #refill(): void {
    const now = this.#clock.now();
    // A clock that was put back gives nothing, and takes nothing.
    const gained = Math.max(0, now - this.#countedAt) / this.#rate.refillMs;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained);
    this.#countedAt = now;
  }
}
