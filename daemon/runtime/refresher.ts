import { Semaphore } from '../reconcile/semaphore.ts';

interface Turn {
  hasBegun: boolean;
  done: Promise<void>;
  /** The one that follows, for all who asked after this one had begun. */
  next?: Promise<void>;
}

/**
 * Looks at things by key, as often as asked but no more than needed.
 *
 * Invariants: a key is looked at by one at a time; what `refresh` returns settles after a look that began after the
 * call; any number of calls during a look share the next one.
 */
export class Refresher {
  readonly #look: (key: string) => Promise<void>;
  readonly #limit: Semaphore;
  readonly #turns = new Map<string, Turn>();

  /** @param concurrency how many keys are looked at at once */
  constructor(look: (key: string) => Promise<void>, concurrency: number) {
    this.#look = look;
    this.#limit = new Semaphore(concurrency);
  }

  /** Whether a look at this key is under way or to come. */
  isBusy(key: string): boolean {
    return this.#turns.has(key);
  }

  refresh(key: string): Promise<void> {
    const turn = this.#turns.get(key);
    if (turn === undefined) return this.#begin(key);
    if (!turn.hasBegun) return turn.done;
    const begin = () => this.#begin(key);
    turn.next ??= turn.done.then(begin, begin);
    return turn.next;
  }

  #begin(key: string): Promise<void> {
    const turn: Turn = { hasBegun: false, done: Promise.resolve() };
    this.#turns.set(key, turn);
    turn.done = this.#limit
      .run(() => {
        turn.hasBegun = true;
        return this.#look(key);
      })
      // With a next one the entry stays, so that who asks in between shares it.
      .finally(() => {
        if (turn.next === undefined) this.#turns.delete(key);
      });
    return turn.done;
  }
}
