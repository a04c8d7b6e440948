import type { Clock } from '../../reconcile/clock.ts';
import type { ContainerRuntime } from '../../runtime/runtime.ts';
import type { HostImage } from '../object/images.ts';

/** To list many images is work for the runtime, and they change seldom. */
const FRESH_MS = 60_000;

/** The images of the host as they were listed last. */
export class KnownImages {
  readonly #runtime: Pick<ContainerRuntime, 'images'>;
  readonly #clock: Clock;
  #listedAt = Number.NEGATIVE_INFINITY;
  #known: readonly HostImage[] = [];

  constructor(runtime: Pick<ContainerRuntime, 'images'>, clock: Clock) {
    this.#runtime = runtime;
    this.#clock = clock;
  }

  get known(): readonly HostImage[] {
    return this.#known;
  }

  /** Lists them again, unless that was done a moment ago. @throws BootletError as the runtime's `images` */
  async refresh(): Promise<void> {
    const now = this.#clock.now();
    if (Math.abs(now - this.#listedAt) < FRESH_MS) return;
    this.#known = await this.#runtime.images();
    this.#listedAt = now;
  }
}
