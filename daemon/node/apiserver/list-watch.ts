import type { Logger } from 'pino';
import { BootletError, messageOf } from '../../errors.ts';
import { isMap } from '../../host/json-value.ts';
import { retryDelay } from '../../reconcile/backoff.ts';
import { type Clock, sleep } from '../../reconcile/clock.ts';
import type { Reader } from '../../reconcile/store.ts';
import { type Session, sessionType } from '../resources.ts';
import type { Apiserver, WatchEvent } from './apiserver.ts';
import { listAll, resourceVersionOf } from './list.ts';
import { Refusal, refused } from './refusal.ts';

const RETRY = { base: 500, cap: 30_000 };
/** As client-go: between 5 and 10 minutes, so that the watches of all nodes do not end together. */
const WATCH_S = 300;
/** What the server did not end by itself by then, it has forgotten. */
const OVERDUE_MS = 30_000;
/** A watch that ends sooner counts as one that failed, so that a server that ends them all at once is not asked without a pause. */
const SHORTEST_MS = 10_000;

/** Told of everything that changes, one call after the other; never after `stop`. */
export interface ListWatchHandler<T> {
  /** This is all there is: at the start, and whenever what changed meanwhile is not known. */
  replaced(items: readonly T[]): void;
  changed(item: T): void;
  /** @param item as it was last */
  removed(item: T): void;
  /** Nothing is known of changes until `replaced` is called again. */
  failed?(error: unknown): void;
}

export interface ListWatchOptions<T> {
  readonly apiserver: Apiserver;
  /** Where the session is shown, by the node's name. */
  readonly store: Reader;
  readonly nodeName: string;
  /** Of the collection: `/api/v1/nodes`. */
  readonly path: string;
  /** `{ fieldSelector: 'metadata.name=NAME' }` */
  readonly query?: Readonly<Record<string, string>>;
  /** May throw for what is no such object: that counts as a failure of the server. */
  readonly decode: (object: unknown) => T;
  readonly handler: ListWatchHandler<T>;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/**
 * Keeps its handler informed of a collection: LIST, then WATCH from there (client-go's Reflector). A watch that ends as
 * it should goes on where it ended. After anything else, a break of the connection too, all is listed again: what answers
 * then may have another past, an etcd that was restored for one, and would be waited at for ever for what comes after a
 * resourceVersion that it never had.
 */
export class ListWatch<T> {
  readonly #options: ListWatchOptions<T>;
  readonly #stopping = new AbortController();
  #failures = 0;
  #lastFailure = '';

  constructor(options: ListWatchOptions<T>) {
    this.#options = options;
  }

  start(): void {
    this.#run().catch((error: unknown) =>
      this.#options.log.error({ err: error }, `the watch of ${this.#options.path} ended`),
    );
  }

  /** The handler is not called any more, also not for what is on its way. */
  stop(): void {
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const begun = this.#session;
      using turn = this.#until((now) => now?.generation !== begun?.generation);
      if (begun === undefined) await turn.over;
      else await this.#follow(turn.signal).catch((error: unknown) => this.#pause(error, turn.signal));
    }
  }

  /** Until the signal aborts. @throws whatever ends a watch that should have gone on */
  async #follow(signal: AbortSignal): Promise<void> {
    const { apiserver, path, query = {}, decode, handler } = this.#options;
    const { items, resourceVersion } = await listAll(apiserver, path, query);
    const decoded = items.map(decode);
    if (signal.aborted) return;
    handler.replaced(decoded);
    this.#lastFailure = '';
    for (let from = resourceVersion; !signal.aborted; ) from = await this.#watch(from, signal);
  }

  /** @returns from where to go on */
  async #watch(resourceVersion: string, signal: AbortSignal): Promise<string> {
    const { apiserver, path, query, clock, random } = this.#options;
    const seconds = Math.round(WATCH_S * (1 + random()));
    const begun = clock.now();
    const life = new AbortController();
    const end = (): void => life.abort();
    const cancelOverdue = clock.setTimer(begun + seconds * 1000 + OVERDUE_MS, end);
    signal.addEventListener('abort', end);
    const from = { resourceVersion, allowWatchBookmarks: 'true', timeoutSeconds: String(seconds) };
    let last = resourceVersion;
    try {
      for await (const event of apiserver.watch(path, { ...query, ...from }, life.signal)) {
        if (signal.aborted) return last;
        last = this.#take(event);
      }
    } finally {
      cancelOverdue();
      signal.removeEventListener('abort', end);
      if (clock.now() - begun >= SHORTEST_MS) this.#failures = 0;
    }
    if (signal.aborted) return last;
    if (life.signal.aborted) throw broken(`the watch of ${path} did not end when it should have`);
    if (clock.now() - begun < SHORTEST_MS) throw broken(`the watch of ${path} was ended as soon as it began`);
    return last;
  }

  /** @returns the resourceVersion that the watch has come to @throws what an ERROR tells */
  #take({ type, object }: WatchEvent): string {
    const { path, decode, handler } = this.#options;
    if (type === 'ERROR') {
      const code = isMap(object) ? Number(object['code']) : 0;
      throw refused({ server: 'the apiserver', method: 'GET', path, refusal: new Refusal(code, object) });
    }
    const version = resourceVersionOf(object, path);
    if (type === 'DELETED') handler.removed(decode(object));
    else if (type !== 'BOOKMARK') handler.changed(decode(object));
    return version;
  }

  /** Until it is time to try again, or the session says that it is no use to wait. */
  async #pause(error: unknown, follow: AbortSignal): Promise<void> {
    if (follow.aborted) return;
    const { clock, random, log, path, handler } = this.#options;
    this.#failures++;
    const message = messageOf(error);
    if (message !== this.#lastFailure) log.warn({ err: error }, `${path} is listed again`);
    this.#lastFailure = message;
    handler.failed?.(error);
    const before = this.#session;
    const isBack = (now: Session | undefined): boolean => now?.state === 'answers' && before?.state !== 'answers';
    using turn = this.#until((now) => now?.generation !== before?.generation || isBack(now));
    await sleep(clock, retryDelay(error, this.#failures, RETRY, random(), clock.now()), turn.signal);
  }

  get #session(): Session | undefined {
    return this.#options.store.get(sessionType, this.#options.nodeName);
  }

  /** A signal that aborts once `isOver` holds of the session, or with `stop`. */
  #until(isOver: (session: Session | undefined) => boolean) {
    const controller = new AbortController();
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const end = (): void => {
      controller.abort();
      resolve();
    };
    const look = (): void => {
      if (isOver(this.#session)) end();
    };
    const endWatch = this.#options.store.watch(sessionType, look);
    const { signal } = this.#stopping;
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    return {
      ...{ signal: controller.signal, over },
      [Symbol.dispose]() {
        endWatch();
        signal.removeEventListener('abort', end);
      },
    };
  }
}

const broken = (message: string): BootletError => new BootletError('E_APISERVER_ANSWER', message);
