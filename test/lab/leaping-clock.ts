import type { Clock } from '../../daemon/reconcile/clock.ts';
import { systemClock } from '../../daemon/reconcile/clock.ts';

/** The time of this machine, which leaps ahead when it is told to: what is due by then is done at once. */
export class LeapingClock implements Clock {
  readonly #timers = new Set<{ readonly arm: () => void }>();
  #ahead = 0;

  now(): number {
    return systemClock.now() + this.#ahead;
  }

  setTimer(at: number, fire: () => void): () => void {
    let cancel = (): void => undefined;
    const timer = {
      arm: (): void => {
        cancel();
        cancel = systemClock.setTimer(at - this.#ahead, () => {
          this.#timers.delete(timer);
          fire();
        });
      },
    };
    this.#timers.add(timer);
    timer.arm();
    return () => {
      this.#timers.delete(timer);
      cancel();
    };
  }

  leap(ms: number): void {
    this.#ahead += ms;
    for (const { arm } of this.#timers) arm();
  }
}
