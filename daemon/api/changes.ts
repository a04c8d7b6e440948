import type { Resource, ResourceType } from '../reconcile/resource.ts';
import type { Reader } from '../reconcile/store.ts';
import type { ApiObject } from './object.ts';

export interface Change<T> {
  readonly kind: 'put' | 'removed';
  readonly object: T;
  /** What it was until then; undefined when it is new. */
  readonly before: T | undefined;
  readonly version: number;
}

const KEPT = 512;

/** The changes of a collection, of which the last are kept, so that a watch can go on from where a list ended. */
export class Changes<T extends ApiObject> {
  readonly #watchers = new Set<(change: Change<T>) => void>();
  #kept: Change<T>[] = [];
  /** What changed up to this version is not known. */
  #horizon: number;

  /** @param version of the collection now */
  constructor(version: number) {
    this.#horizon = version;
  }

  publish(change: Change<T>): void {
    this.#kept.push(change);
    // Trimmed by halves, so that a change costs no copy of them all.
    if (this.#kept.length > 2 * KEPT) {
      this.#horizon = this.#kept.at(-KEPT - 1)?.version ?? this.#horizon;
      this.#kept = this.#kept.slice(-KEPT);
    }
    for (const notify of [...this.#watchers]) notify(change);
  }

  watch(notify: (change: Change<T>) => void): () => void {
    this.#watchers.add(notify);
    return () => this.#watchers.delete(notify);
  }

  /** Everything that changed after `version`, oldest first; undefined when that is not known any more. */
  since(version: number): readonly Change<T>[] | undefined {
    return version < this.#horizon ? undefined : this.#kept.filter((change) => change.version > version);
  }
}

/** The changes of a type of the store, each resource as `served` shows it. */
export const changesOf = <V, T extends ApiObject>(
  store: Reader,
  type: ResourceType<V>,
  served: (resource: Resource<V>) => T,
): Changes<T> => {
  const changes = new Changes<T>(store.version);
  const present = new Map(store.list(type).map((resource) => [resource.id, served(resource)]));
  store.watch(type, ({ kind, resource }) => {
    const { id, version } = resource;
    const before = present.get(id);
    const object = served(resource);
    if (kind === 'removed') present.delete(id);
    else present.set(id, object);
    changes.publish({ kind: kind === 'removed' ? 'removed' : 'put', object, before, version });
  });
  return changes;
};
