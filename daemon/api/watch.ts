import type { Collection } from './collection.ts';
import { type ApiObject, keyOf, versionOf } from './object.ts';

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

export interface Watch<T> {
  /** What the client has to be told before anything changes. */
  readonly initial: readonly WatchEvent<T>[];
  end(): void;
}

/**
 * Follows the objects of a collection that match, through changes too: one that no longer matches is DELETED.
 * @param since resourceVersion of the list that the client has; 0 for none, and then everything there is comes first
 * @returns undefined when what changed since then is no longer known (HTTP 410: list again)
 */
export const watch = <T extends ApiObject>(
  collection: Collection<T>,
  matches: (object: T) => boolean,
  since: number,
  send: (event: WatchEvent<T>) => void,
): Watch<T> | undefined => {
  const present = collection.list();
  // A version from the future is one of an earlier daemon.
  const missed = since > collection.version() ? undefined : collection.changes.since(since, present);
  if (since !== 0 && missed === undefined) return undefined;

  const known = new Set<string>();
  const told = (kind: 'put' | 'removed', object: T): WatchEvent<T> | undefined => {
    const key = keyOf(object);
    const wasKnown = known.has(key);
    if (kind === 'put' && matches(object)) {
      known.add(key);
      return { type: wasKnown ? 'MODIFIED' : 'ADDED', object };
    }
    known.delete(key);
    return wasKnown ? { type: 'DELETED', object } : undefined;
  };

  const matching = present.filter(matches);
  const news = since === 0 ? matching.map((object) => ({ kind: 'put' as const, object })) : (missed ?? []);
  if (since !== 0) {
    // What the client's list held: everything older than it, and what was removed afterwards.
    for (const object of matching) if (versionOf(object) <= since) known.add(keyOf(object));
    for (const { kind, object } of news) if (kind === 'removed' && matches(object)) known.add(keyOf(object));
  }
  const initial = news.map(({ kind, object }) => told(kind, object)).filter((event) => event !== undefined);
  const end = collection.changes.watch(({ kind, object }) => {
    const event = told(kind, object);
    if (event !== undefined) send(event);
  });
  return { initial, end };
};
