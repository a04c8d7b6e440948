import type { Column } from './column.ts';
import { type ApiObject, versionOf } from './object.ts';

export interface Change<T> {
  readonly kind: 'put' | 'removed';
  readonly object: T;
  readonly version: number;
}

/** Objects of one kind, as they are served. */
export interface Collection<T extends ApiObject> {
  readonly apiVersion: string;
  readonly kind: string;
  /** Plural, as in paths. */
  readonly resource: string;
  /** What a fieldSelector may name. */
  readonly fields: Readonly<Record<string, (object: T) => string>>;
  readonly columns: readonly Column<T>[];
  /** resourceVersion of a list taken now. */
  version(): number;
  list(): readonly T[];
  readonly changes: Changes<T>;
}

const KEPT_REMOVALS = 256;

/**
 * The changes of a collection from now on, and its last removals: with those, and the objects that are there, a watch
 * can go on from where a list ended.
 */
export class Changes<T extends ApiObject> {
  readonly #watchers = new Set<(change: Change<T>) => void>();
  #removals: readonly Change<T>[] = [];
  /** Removals up to this version may be forgotten. */
  #horizon = 0;

  publish(change: Change<T>): void {
    if (change.kind === 'removed') this.#remember(change);
    for (const notify of [...this.#watchers]) notify(change);
  }

  watch(notify: (change: Change<T>) => void): () => void {
    this.#watchers.add(notify);
    return () => this.#watchers.delete(notify);
  }

  /** Everything that changed after `version`, oldest first; undefined when that is no longer known. */
  since(version: number, present: readonly T[]): readonly Change<T>[] | undefined {
    if (version < this.#horizon) return undefined;
    const puts = present.map((object): Change<T> => ({ kind: 'put', object, version: versionOf(object) }));
    return [...this.#removals, ...puts].filter((c) => c.version > version).sort((a, b) => a.version - b.version);
  }

  #remember(change: Change<T>): void {
    const all = [...this.#removals, change];
    this.#horizon = all.at(-KEPT_REMOVALS - 1)?.version ?? this.#horizon;
    this.#removals = all.slice(-KEPT_REMOVALS);
  }
}
