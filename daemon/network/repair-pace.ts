/** Repairs in this time that count as one fight, ms. */
const WINDOW_MS = 10 * 60_000;
/** So many are made at once: a link that flaps, a firewall that is reloaded, an administrator who tries something. */
const FREE = 3;
const BASE_MS = 1000;
const CAP_MS = 5 * 60_000;

/** When the drift of one setting may be repaired next: at once for a few times, then ever later while somebody keeps undoing it. */
export class RepairPace {
  #repairs: readonly number[];
  #isTold = false;

  /** @param repairs those of before, as `times` tells them */
  constructor(repairs: readonly number[] = []) {
    this.#repairs = repairs;
  }

  /** Of repairs that may still count. */
  get times(): readonly number[] {
    return this.#repairs;
  }

  /** Repairs in the last ten minutes. @param now ms since the epoch, as all here */
  recent(now: number): number {
    // Those that a clock which was ahead has left in the future would never be old.
    this.#repairs = this.#repairs.filter((at) => Math.abs(now - at) < WINDOW_MS);
    return this.#repairs.length;
  }

  isFight(now: number): boolean {
    return this.recent(now) >= FREE;
  }

  /** `now` or earlier: at once. */
  dueAt(now: number): number {
    const over = this.recent(now) - FREE;
    if (over < 0) return now;
    return (this.#repairs.at(-1) ?? now) + Math.min(CAP_MS, BASE_MS * 2 ** over);
  }

  /** Whether the fight is to be told of: once, until it is over. */
  tells(): boolean {
    const isNews = !this.#isTold;
    this.#isTold = true;
    return isNews;
  }

  repaired(now: number): void {
    if (!this.isFight(now)) this.#isTold = false;
    this.#repairs = [...this.#repairs, now];
  }
}
