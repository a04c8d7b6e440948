/** What owns a part of the lab and takes it down again: tap's `t`, or a benchmark's own stack. Last in, first out. */
export interface Scope {
  teardown(fn: () => Promise<void> | void): void;
}
