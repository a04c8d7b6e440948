import type { Clock } from '../../reconcile/clock.ts';
import type { Store, Writer } from '../../reconcile/store.ts';
import {
  type NetworkEvent,
  type NetworkEventKind,
  type NetworkMonitor,
  networkEventType,
  networkMonitorType,
} from '../resources.ts';

/** One change of the host is many lines of a monitor: they are one event. */
const BURST_MS = 50;
/** So many events may follow on each other's heels; each after those takes twice as long, since each makes the host be looked at. */
const FREE = 10;
const LONGEST_BURST_MS = 1600;

/** Where everything that hears of changes of the host tells of them. */
export class NetworkEvents {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #events: Writer<NetworkEvent>;
  readonly #monitors: Writer<NetworkMonitor>;
  /** Kinds that are about to be told of: by whom, and what takes the timer back. */
  readonly #bursts = new Map<NetworkEventKind, { by: string | undefined; readonly cancel: () => void }>();
  /** The last burst of each kind: how many came before it without a rest, how long it took, and when it was told of. */
  readonly #last = new Map<NetworkEventKind, { readonly before: number; readonly ms: number; readonly at: number }>();

  /** @throws BootletError E_INTERNAL when the store's network events have a writer already */
  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#events = store.claim(networkEventType, 'network-events');
    this.#monitors = store.claim(networkMonitorType, 'network-events');
  }

  /** @param by who did it, where that is known: `nft (pid 812)` */
  changed(kind: NetworkEventKind, by?: string): void {
    const burst = this.#bursts.get(kind);
    if (burst !== undefined) {
      burst.by = by ?? burst.by;
      return;
    }
    const now = this.#clock.now();
    const last = this.#last.get(kind);
    const before = last !== undefined && now - last.at < last.ms ? last.before + 1 : 0;
    const ms = Math.min(BURST_MS * 2 ** Math.max(0, before - FREE), LONGEST_BURST_MS);
    const cancel = this.#clock.setTimer(now + ms, () => {
      this.#last.set(kind, { before, ms, at: this.#clock.now() });
      this.#tell(kind);
    });
    this.#bursts.set(kind, { by, cancel });
  }

  /** The monitor of that kind listens, again maybe: something may have changed before. */
  listening(kind: NetworkEventKind): void {
    this.#monitors.put(kind, { isListening: true, message: '' });
    this.changed(kind);
  }

  deaf(kind: NetworkEventKind, message: string): void {
    this.#monitors.put(kind, { isListening: false, message });
  }

  /** What was not told of yet is never told of. */
  close(): void {
    for (const { cancel } of this.#bursts.values()) cancel();
    this.#bursts.clear();
  }

  #tell(kind: NetworkEventKind): void {
    const by = this.#bursts.get(kind)?.by;
    this.#bursts.delete(kind);
    const count = (this.#store.get(networkEventType, kind)?.count ?? 0) + 1;
    this.#events.put(kind, by === undefined ? { count } : { count, by });
  }
}
