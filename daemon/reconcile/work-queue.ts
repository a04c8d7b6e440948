import type { Clock } from './clock.ts';

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** How many keys may be in work at once. */
  readonly concurrency: number;
  /** Must not throw: what can fail is the caller's to catch. */
  readonly work: (key: string) => Promise<void>;
}

/**
 * A queue of keys, each at most once in the queue and at most once in work.
 *
 * Invariants: a key added while it is in work is worked on again afterwards, so that no change is lost; a key that
 * waits for its time holds a timer and nothing else; the queue is no longer than the number of keys.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  /** In order of arrival. */
  readonly #ready = new Set<string>();
  readonly #working = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, { at: number; cancel: () => void }>();
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  add(key: string): void {
    if (this.#stopped) return;
    this.#unschedule(key);
    this.#ready.add(key);
    this.#fill();
  }

  /** Adds the key at a later time, or earlier if something else adds it first: of two times the nearer counts. */
  addAt(key: string, at: number): void {
    if (this.#stopped) return;
    const before = this.#timers.get(key);
    if (before !== undefined && before.at <= at) return;
    before?.cancel();
    const cancel = this.#options.clock.setTimer(at, () => {
      this.#timers.delete(key);
      this.add(key);
    });
    this.#timers.set(key, { at, cancel });
  }

  /** Takes no more work and waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#ready.clear();
    for (const key of [...this.#timers.keys()]) this.#unschedule(key);
    await Promise.all(this.#working.values());
  }

  #unschedule(key: string): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }

  #fill(): void {
    for (const key of this.#ready) {
      if (this.#working.size >= this.#options.concurrency) return;
      if (this.#working.has(key)) continue;
      this.#ready.delete(key);
      this.#working.set(key, this.#run(key));
    }
  }

  async #run(key: string): Promise<void> {
    // Starts in a later turn, so that all changes of this turn are seen by one piece of work.
    await Promise.resolve();
    try {
      await this.#options.work(key);
    } finally {
      this.#working.delete(key);
      if (!this.#stopped) this.#fill();
    }
  }
}
