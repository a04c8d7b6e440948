import type { Event as V1Event } from 'kubernetes-types/core/v1.d.ts';
import type { Logger } from 'pino';
import { retryDelay } from '../../reconcile/backoff.ts';
import { type Clock, sleep } from '../../reconcile/clock.ts';
import type { Event, EventRing } from '../../reconcile/events.ts';
import type { Reader } from '../../reconcile/store.ts';
import { TokenBucket } from '../../reconcile/token-bucket.ts';
import type { Apiserver } from '../apiserver/apiserver.ts';
import { refusalOf } from '../apiserver/refusal.ts';
import { collectionPath } from '../bound-pods/paths.ts';
import { STRATEGIC_MERGE } from '../registration/paths.ts';
import { registrationType, sessionType } from '../resources.ts';
import { Correlator, type Written } from './correlator.ts';
import { v1Event } from './v1-event.ts';

/** client-go's maxQueuedEvents. */
const MOST_WAITING = 1000;
/** The kubelet's eventBurst and eventRecordQPS. */
const RATE = { burst: 100, refillMs: 1000 / 50 };
const RETRY = { base: 1000, cap: 30_000 };

export interface ClusterEventsOptions {
  readonly nodeName: string;
  readonly events: EventRing;
  readonly apiserver: Apiserver;
  readonly store: Reader;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/**
 * Brings what happens on the host to the cluster, one event after the other. What happens while the host is not registered
 * or the apiserver is away waits, and of too many the oldest is left out. Nobody waits for it.
 */
export class ClusterEvents {
  readonly #options: ClusterEventsOptions;
  readonly #correlator: Correlator;
  readonly #rate: TokenBucket;
  readonly #waiting: Event[] = [];
  readonly #stopping = new AbortController();
  #ends: (() => void)[] = [];
  #wake = (): void => undefined;
  #dropped = 0;

  constructor(options: ClusterEventsOptions) {
    this.#options = options;
    this.#correlator = new Correlator(options.clock);
    this.#rate = new TokenBucket(RATE, options.clock);
  }

  /** How many were left out, for there were too many. */
  get dropped(): number {
    return this.#dropped;
  }

  start(): void {
    const { events, store, log } = this.#options;
    this.#waiting.push(...events.list());
    this.#ends = [
      events.watch((event) => this.#add(event)),
      store.watch(registrationType, () => this.#wake()),
      store.watch(sessionType, () => this.#wake()),
    ];
    this.#run().catch((error: unknown) => log.error({ err: error }, 'events are no longer sent to the cluster'));
  }

  stop(): void {
    this.#stopping.abort();
    for (const end of this.#ends) end();
    this.#wake();
  }

  #add(event: Event): void {
    this.#waiting.push(event);
    if (this.#waiting.length > MOST_WAITING) {
      this.#waiting.shift();
      if (this.#dropped++ === 0) this.#options.log.warn('events that the cluster was not told of are left out');
    }
    this.#wake();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const uid = this.#nodeUid();
      const event = uid === undefined ? undefined : this.#waiting.shift();
      if (uid === undefined || event === undefined) {
        await this.#change();
        continue;
      }
      const written = this.#correlator.correlate(v1Event(event, { nodeName: this.#options.nodeName, uid }));
      if (written !== undefined) await this.#send(written);
    }
  }

  /** Undefined while nothing can be sent. */
  #nodeUid(): string | undefined {
    const { store, nodeName } = this.#options;
    if (store.get(sessionType, nodeName)?.state === 'away') return undefined;
    const registration = store.get(registrationType, nodeName);
    return registration?.state === 'registered' ? registration.uid : undefined;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Until the cluster has it, or refuses it. */
  async #send(written: Written): Promise<void> {
    const { clock, random, log } = this.#options;
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted; ) {
      if (this.#nodeUid() === undefined) {
        await this.#change();
        continue;
      }
      if (!this.#rate.take()) {
        await sleep(clock, this.#rate.nextAt - clock.now(), signal);
        continue;
      }
      try {
        await this.#write(written);
        return;
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal !== undefined && refusal.status < 500 && refusal.status !== 401 && refusal.status !== 429) {
          log.debug({ err: error }, 'the cluster does not take an event');
          return;
        }
        failures++;
        await sleep(clock, retryDelay(error, failures, RETRY, random(), clock.now()), signal);
      }
    }
  }

  async #write({ do: what, event }: Written): Promise<void> {
    const { apiserver } = this.#options;
    const { namespace = '', name = '' } = event.metadata;
    const path = collectionPath(namespace, 'events');
    if (what === 'repeat') {
      const answer = await apiserver.call({
        method: 'PATCH',
        path: `${path}/${encodeURIComponent(name)}`,
        contentType: STRATEGIC_MERGE,
        body: changeOf(event),
        expect: [404],
      });
      // Events are forgotten after an hour.
      if (answer.status < 400) return;
    }
    // A conflict: an answer was lost, and it is there.
    await apiserver.call({ method: 'POST', path, body: event, expect: [409] });
  }
}

const changeOf = ({ count, lastTimestamp, message }: V1Event) => ({ count, lastTimestamp, message });
