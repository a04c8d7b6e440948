import { BootletError, messageOf } from '../errors.ts';
import { retryDelay } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { Context, Controller, Outcome } from './controller.ts';
import { type ResourceType, resourceType } from './resource.ts';
import type { Store, Writer } from './store.ts';
import { WorkQueue } from './work-queue.ts';

/** What keeps a controller from being done with a key: something it waits for, or an error that is being retried. Id: `CONTROLLER/KEY`. */
export interface Trouble {
  readonly controller: string;
  readonly key: string;
  readonly kind: 'waiting' | 'failing';
  readonly message: string;
  readonly code?: string;
  readonly hint?: string;
  /** Failures in a row; 0 while waiting. */
  readonly failures: number;
  /** ms since the epoch. */
  readonly since: number;
}

export const troubleType = resourceType<Trouble>('Trouble');

export interface EngineOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** In [0, 1); Math.random but in tests. */
  readonly random: () => number;
  /** Told of every failed reconcile. */
  readonly onFailure: (trouble: Trouble, error: unknown) => void;
}

const RETRY = { base: 500, cap: 60_000 };

/** Runs controllers: connects their inputs to their queues, gives them their outputs and nothing else to write, and retries what fails. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #troubles: Writer<Trouble>;
  readonly #queues: WorkQueue[] = [];
  readonly #starts: (() => () => void)[] = [];
  #ends: (() => void)[] = [];

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#troubles = options.store.claim(troubleType, 'engine');
  }

  /** @throws BootletError E_INTERNAL when one of its outputs has a writer already */
  add(controller: Controller): void {
    const context = this.#contextOf(controller);
    const failures = new Map<string, number>();
    const queue = new WorkQueue({
      clock: this.#options.clock,
      concurrency: controller.concurrency ?? 1,
      work: async (key) => {
        const outcome = await outcomeOf(controller, key, context);
        if (outcome.kind === 'failed') {
          const count = (failures.get(key) ?? 0) + 1;
          failures.set(key, count);
          this.#fail(controller, key, outcome.error, count, queue);
        } else {
          this.#settle(controller, key, outcome);
          failures.delete(key);
        }
        if (outcome.kind !== 'done' && outcome.at !== undefined) queue.addAt(key, outcome.at);
      },
    });
    this.#queues.push(queue);
    this.#starts.push(() => {
      const ends = controller.inputs.map((i) =>
        i.connect(this.#options.store, (keys) => {
          for (const key of keys) queue.add(key);
        }),
      );
      return () => {
        for (const end of ends) end();
      };
    });
  }

  start(): void {
    this.#ends = this.#starts.map((start) => start());
  }

  /** Takes no more work and waits for what is under way. */
  async stop(): Promise<void> {
    for (const end of this.#ends) end();
    await Promise.all(this.#queues.map((q) => q.stop()));
  }

  #settle(controller: Controller, key: string, outcome: Outcome): void {
    const id = `${controller.name}/${key}`;
    if (outcome.kind === 'wait') {
      const before = this.#options.store.get(troubleType, id);
      const since = before?.kind === 'waiting' ? before.since : this.#options.clock.now();
      this.#troubles.put(id, {
        controller: controller.name,
        key,
        kind: 'waiting',
        message: outcome.for,
        failures: 0,
        since,
      });
    } else {
      this.#troubles.remove(id);
    }
  }

  #fail(controller: Controller, key: string, error: unknown, failures: number, queue: WorkQueue): void {
    const { clock, random, store, onFailure } = this.#options;
    const id = `${controller.name}/${key}`;
    const before = store.get(troubleType, id);
    const trouble: Trouble = {
      controller: controller.name,
      key,
      kind: 'failing',
      message: messageOf(error),
      ...(error instanceof BootletError ? { code: error.code } : {}),
      ...(error instanceof BootletError && error.hint !== undefined ? { hint: error.hint } : {}),
      failures,
      since: before?.kind === 'failing' ? before.since : clock.now(),
    };
    this.#troubles.put(id, trouble);
    onFailure(trouble, error);
    const now = clock.now();
    queue.addAt(key, now + retryDelay(error, failures, RETRY, random(), now));
  }

  #contextOf(controller: Controller): Context {
    const writers = new Map<string, Writer<unknown>>();
    for (const type of controller.outputs) writers.set(type.name, this.#options.store.claim(type, controller.name));
    const writerOf = (type: ResourceType<unknown>): Writer<unknown> => {
      const writer = writers.get(type.name);
      if (writer === undefined)
        throw new BootletError('E_INTERNAL', `${controller.name} does not declare ${type.name} as an output`);
      return writer;
    };
    return {
      store: this.#options.store,
      put: (type, id, value) => writerOf(type).put(id, value),
      remove: (type, id) => writerOf(type).remove(id),
    };
  }
}

const outcomeOf = async (controller: Controller, key: string, context: Context): Promise<Outcome> => {
  try {
    return await controller.reconcile(key, context);
  } catch (error) {
    return { kind: 'failed', error };
  }
};
