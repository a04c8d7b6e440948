import type { Logger } from 'pino';
import { BootletError, messageOf } from '../errors.ts';
import { jitteredDelay } from '../reconcile/backoff.ts';
import { type Clock, sleep } from '../reconcile/clock.ts';
import type { Store, Writer } from '../reconcile/store.ts';
import { concernsOne } from './concerns-one.ts';
import { Refresher } from './refresher.ts';
import { containerType, type RuntimeState, runtimeStateType } from './resources.ts';
import type { ContainerRuntime, ObservedContainer } from './runtime.ts';

export interface RuntimeObserverOptions {
  readonly runtime: Pick<ContainerRuntime, 'version' | 'events' | 'list' | 'inspect'>;
  readonly store: Store;
  readonly clock: Clock;
  /** In [0, 1); Math.random but in tests. */
  readonly random: () => number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** Id of the one RuntimeState. */
export const RUNTIME_ID = 'docker';

const RECONNECT = { base: 100, cap: 5_000 };
/** In case an event was lost all the same. */
const RELIST_MS = 300_000;
/** While there is a container that cannot be read. */
const RELIST_UNREAD_MS = 30_000;
/** Inspects under way at once. One of a container that is being started waits for the start. */
const INSPECTS = 16;
/** Whoever started a container looks at it as soon as that has returned, which is about when the event comes. */
const STARTER_LOOKS_MS = 200;

/**
 * Keeps the store's containers true. Each session opens the event stream first and lists afterwards, so that nothing
 * can change in between unseen; an event only says which container to look at again, so that neither order nor
 * repetition matters. Between sessions the containers stay as they were last seen, and so does one that cannot be read.
 */
export class RuntimeObserver {
  readonly #options: RuntimeObserverOptions;
  readonly #containers: Writer<ObservedContainer>;
  readonly #state: Writer<RuntimeState>;
  readonly #refresher: Refresher;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #failures = 0;
  /** Containers looked at since the list under way began: its answer on them may be older. */
  #seenSinceList: Set<string> | undefined;
  /** Containers that could not be read at the last look. */
  readonly #unread = new Set<string>();

  /** @throws BootletError E_INTERNAL when the store's containers have a writer already */
  constructor(options: RuntimeObserverOptions) {
    this.#options = options;
    this.#containers = options.store.claim(containerType, 'runtime-observer');
    this.#state = options.store.claim(runtimeStateType, 'runtime-observer');
    this.#refresher = new Refresher((id) => this.#look(id), INSPECTS);
    this.#put({ ready: false, message: 'not asked yet' });
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Waits for the call under way; closing the runtime at the same time cuts that short. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /**
   * Looks at one container; when it resolves, the store holds a state from after the call.
   * @returns that state, undefined when the container is gone
   * @throws BootletError what the runtime's inspect throws
   */
  async refresh(id: string): Promise<ObservedContainer | undefined> {
    await this.#refresher.refresh(id);
    return this.#options.store.get(containerType, id);
  }

  async #run(): Promise<void> {
    const { clock, log, random } = this.#options;
    while (!this.#stopping.signal.aborted) {
      const error = await this.#session().catch((thrown: unknown) => thrown);
      if (this.#stopping.signal.aborted) return;
      this.#failures++;
      // Once, and not for each of the tries that follow.
      if (this.#failures === 1) log.warn({ err: error }, 'container runtime lost');
      this.#put({ ready: false, message: messageOf(error) });
      await sleep(clock, jitteredDelay(this.#failures, RECONNECT, random()), this.#stopping.signal);
    }
  }

  /** Never resolves: throws what ended it. */
  async #session(): Promise<never> {
    const { runtime, log } = this.#options;
    const session = new AbortController();
    const fail = (error: unknown) => session.abort(error);
    const end = () => session.abort();
    this.#stopping.signal.addEventListener('abort', end);
    let relisting: Promise<void> = Promise.resolve();
    try {
      const { name, version, apiVersion } = await runtime.version();
      const changed = await runtime.events(session.signal);
      await this.#relist();
      relisting = this.#relistSlowly(session.signal).catch(fail);
      this.#failures = 0;
      this.#put({ name, version, apiVersion, ready: true, message: '', listed: true });
      log.info({ version, apiVersion }, 'container runtime connected');
      for await (const { id, isStart } of changed) {
        const look = isStart ? this.#lookUnlessSeen(id, session.signal) : this.refresh(id);
        look.catch((error: unknown) => (concernsOne(error) ? this.#leave(id, error.message) : fail(error)));
      }
      session.signal.throwIfAborted();
      throw new BootletError('E_RUNTIME_UNAVAILABLE', 'the event stream of the container runtime ended');
    } finally {
      this.#stopping.signal.removeEventListener('abort', end);
      end();
      // Its answer would be older than the next session's.
      await relisting;
    }
  }

  /** A start tells nothing of a container that is known to run: what ends it is an event of its own, and looked at by itself. */
  async #lookUnlessSeen(id: string, signal: AbortSignal): Promise<void> {
    const { clock, store } = this.#options;
    await sleep(clock, STARTER_LOOKS_MS, signal);
    const isSeen = store.get(containerType, id)?.state === 'running' && !this.#refresher.isBusy(id);
    if (!isSeen && !signal.aborted) await this.refresh(id);
  }

  async #relistSlowly(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      await sleep(clock, this.#unread.size > 0 ? RELIST_UNREAD_MS : RELIST_MS, signal);
      if (signal.aborted) return;
      await this.#relist();
    }
  }

  async #relist(): Promise<void> {
    const { runtime, store } = this.#options;
    const seen = new Set<string>();
    this.#seenSinceList = seen;
    try {
      const listed = await runtime.list();
      const ids = new Set(listed.map(({ id }) => id));
      for (const container of listed) {
        if (seen.has(container.id)) continue;
        if (container.state !== 'unknown') this.#keep(container);
        else {
          this.#leave(container.id, container.error);
          if (store.get(containerType, container.id) === undefined) this.#containers.put(container.id, container);
        }
      }
      for (const { id } of store.list(containerType)) if (!ids.has(id) && !seen.has(id)) this.#drop(id);
    } finally {
      this.#seenSinceList = undefined;
    }
  }

  async #look(id: string): Promise<void> {
    const container = await this.#options.runtime.inspect(id);
    this.#seenSinceList?.add(id);
    if (container === undefined) this.#drop(id);
    else this.#keep(container);
  }

  #keep(container: ObservedContainer): void {
    this.#unread.delete(container.id);
    this.#containers.put(container.id, container);
  }

  #drop(id: string): void {
    this.#unread.delete(id);
    this.#containers.remove(id);
  }

  /** As last seen; said once. */
  #leave(id: string, error: string): void {
    if (this.#unread.has(id)) return;
    this.#unread.add(id);
    this.#options.log.warn({ container: id, error }, 'container cannot be read');
  }

  #put(change: Partial<RuntimeState>): void {
    const unknown = { name: RUNTIME_ID, version: '', apiVersion: '', ready: false, message: '', listed: false };
    const before = this.#options.store.get(runtimeStateType, RUNTIME_ID) ?? unknown;
    this.#state.put(RUNTIME_ID, { ...before, ...change });
  }
}
