import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../reconcile/clock.ts';
import type { Engine } from '../reconcile/engine.ts';
import type { EventRing } from '../reconcile/events.ts';
import type { Store } from '../reconcile/store.ts';

/** What every part is built on. */
export interface Foundation {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly store: Store;
  readonly events: EventRing;
  readonly engine: Engine;
  /** Aborted first of all when the daemon ends: cuts short what waits outside. */
  readonly stopping: AbortSignal;
  /** The host's own addresses as they are now, the main one first; those of the configuration where it names some. */
  readonly addresses: { readonly hostIPs: readonly string[] };
}
