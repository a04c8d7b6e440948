import { setImmediate } from 'node:timers/promises';

/**
 * What is asked for several times in one turn of the event loop is read once. A read that has begun is never shared: it may
 * be of before the change for which somebody looks now.
 */
export class SharedReads<T> {
  readonly #asked = new Map<string, Promise<T>>();

  /** @param key of what is read */
  read(key: string, read: () => Promise<T>): Promise<T> {
    const asked = this.#asked.get(key) ?? this.#next(key, read);
    this.#asked.set(key, asked);
    return asked;
  }

  async #next(key: string, read: () => Promise<T>): Promise<T> {
    await setImmediate();
    this.#asked.delete(key);
    return read();
  }
}
