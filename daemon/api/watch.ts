import type { Change } from './changes.ts';
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
 * @returns undefined when what changed since then is not known (HTTP 410: list again)
 */
export const watch = <T extends ApiObject>(
  collection: Pick<Collection<T>, 'changes' | 'list' | 'version'>,
  matches: (object: T) => boolean,
  since: number,
  send: (event: WatchEvent<T>) => void,
): Watch<T> | undefined => {
  const present = collection.list().filter(matches);
  const known = new Set<string>();
  const told = ({ kind, object }: Pick<Change<T>, 'kind' | 'object'>): WatchEvent<T> | undefined => {
    const key = keyOf(object);
    const wasKnown = known.has(key);
    if (kind === 'put' && matches(object)) {
      known.add(key);
      return { type: wasKnown ? 'MODIFIED' : 'ADDED', object };
    }
    known.delete(key);
    return wasKnown ? { type: 'DELETED', object } : undefined;
  };

  const start = (): readonly Pick<Change<T>, 'kind' | 'object'>[] | undefined => {
    if (since === 0) return present.map((object) => ({ kind: 'put', object }));
    // A version from the future is one of an earlier daemon.
    const missed = since > collection.version() ? undefined : collection.changes.since(since);
    if (missed === undefined) return undefined;
    // What the client's list held: what is as it was, and what each changed object was before its first change.
    for (const object of present) if (versionOf(object) <= since) known.add(keyOf(object));
    const changed = new Set<string>();
    for (const { object, before } of missed) {
      const key = keyOf(object);
      if (!changed.has(key) && before !== undefined && matches(before)) known.add(key);
      changed.add(key);
    }
    return missed;
  };

  const initial = start()
    ?.map(told)
    .filter((event) => event !== undefined);
  if (initial === undefined) return undefined;
  const end = collection.changes.watch((change) => {
    const event = told(change);
    if (event !== undefined) send(event);
  });
  return { initial, end };
};
