import type { Change, Resource, ResourceType } from './resource.ts';
import type { Reader } from './store.ts';

/** One type that a controller reads, and which of its keys a resource of that type concerns. */
export interface Input {
  /** Calls `notify` with the keys that each later change concerns, and once with those of what is there already. */
  connect(store: Reader, notify: (keys: readonly string[]) => void): () => void;
}

/** Declares an input. A function from the resource to keys of the controller; by default the resource's own id. */
export const input = <T>(
  type: ResourceType<T>,
  keysOf: (resource: Resource<T>) => readonly string[] = (r) => [r.id],
): Input => ({
  connect(store, notify) {
    const end = store.watch(type, (change: Change<T>) => notify(keysOf(change.resource)));
    for (const resource of store.list(type)) notify(keysOf(resource));
    return end;
  },
});

/** What came of a reconcile that did not throw. */
export type Outcome =
  | { readonly kind: 'done' }
  /** Call again at this time (ms since the epoch) if no input changes before. */
  | { readonly kind: 'requeue'; readonly at: number }
  /** Something is missing. It is shown until a later reconcile ends otherwise; a change of an input wakes the controller. */
  | { readonly kind: 'wait'; readonly for: string; readonly at?: number }
  /** As if `error` was thrown, but something else is due at `at`, for which the retry may come too late. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly at?: number };

export const done: Outcome = { kind: 'done' };

/** What a controller may touch: it reads everything and writes only its outputs. */
export interface Context {
  readonly store: Reader;
  /** @throws BootletError E_INTERNAL when the type is not among the controller's outputs */
  put<T>(type: ResourceType<T>, id: string, value: T): void;
  remove<T>(type: ResourceType<T>, id: string): void;
}

/**
 * The whole contract of a controller. `reconcile` is level-triggered: it is called at any time and any number of
 * times for a key, never twice at once for one key, and does nothing when there is nothing to do. Throwing means
 * "again, later": the engine reports it, retries with jittered backoff and forgets the failures at the first success.
 */
export interface Controller {
  readonly name: string;
  readonly inputs: readonly Input[];
  /** The only types it writes; it is their only writer. */
  readonly outputs: readonly ResourceType<unknown>[];
  /** Keys in work at once; 1 unless the work is many short waits. */
  readonly concurrency?: number;
  reconcile(key: string, context: Context): Promise<Outcome>;
}
