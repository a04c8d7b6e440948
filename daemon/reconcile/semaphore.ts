interface Waiting {
  readonly urgency: number;
  readonly begin: () => void;
}

/** At most `limit` pieces of work at a time; of those that wait the most urgent first, then first come first served. Meant for single calls, never for waits. */
export class Semaphore {
  #free: number;
  readonly #waiting: Waiting[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  async run<T>(work: () => Promise<T>, urgency = 0): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((begin) => this.#waiting.push({ urgency, begin }));
    try {
      return await work();
    } finally {
      this.#release();
    }
  }

  #release(): void {
    const next = this.#waiting.reduce<Waiting | undefined>(
      (a, b) => (a !== undefined && a.urgency >= b.urgency ? a : b),
      undefined,
    );
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    next.begin();
  }
}
