/** Lets pieces of work run beside each other, but for those that must not: each has a name, and is in work once at a time. */
export class Turns {
  readonly #inWork = new Map<string, Promise<void>>();

  /**
   * Resolves once none is in work that this one must not run beside; then it is in work until it is disposed of. One that
   * waits keeps nobody waiting: two that name each other go one after another.
   * @param apartFrom asked again after each wait
   */
  async take(name: string, apartFrom: () => readonly string[]): Promise<Disposable> {
    for (;;) {
      const others = apartFrom().flatMap((other) => this.#inWork.get(other) ?? []);
      if (others.length === 0) break;
      await Promise.all(others);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#inWork.set(name, promise);
    return {
      [Symbol.dispose]: () => {
        this.#inWork.delete(name);
        resolve();
      },
    };
  }
}
