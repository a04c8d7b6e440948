/** Where something was written; line and column are 1-based. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What a configuration file says, with the place of each part. */
export type Tree =
  | { readonly kind: 'scalar'; readonly value: string | number | boolean | null; readonly at: Place }
  | { readonly kind: 'list'; readonly items: readonly Tree[]; readonly at: Place }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Entry>; readonly at: Place };

export interface Entry {
  readonly value: Tree;
  /** Of the key. */
  readonly at: Place;
}

export const emptyTree: Tree = { kind: 'map', entries: new Map(), at: { file: '', line: 1, column: 1 } };

/** `above` laid over `below`: maps are merged key by key, everything else is replaced. */
export const merge = (below: Tree, above: Tree): Tree => {
  if (below.kind !== 'map' || above.kind !== 'map') return above;
  const entries = new Map(below.entries);
  for (const [key, entry] of above.entries) {
    const under = entries.get(key);
    entries.set(key, under === undefined ? entry : { at: entry.at, value: merge(under.value, entry.value) });
  }
  return { kind: 'map', entries, at: above.at };
};

/** The place of the key, or of the item of a list by its index, at the end of a path, or of the nearest above it that was written. */
export const placeOf = (tree: Tree, path: readonly string[]): Place => {
  const [key, ...rest] = path;
  if (key === undefined || tree.kind === 'scalar') return tree.at;
  if (tree.kind === 'list') {
    const item = tree.items[Number(key)];
    return item === undefined ? tree.at : placeOf(item, rest);
  }
  const entry = tree.entries.get(key);
  if (entry === undefined) return tree.at;
  return rest.length === 0 ? entry.at : placeOf(entry.value, rest);
};
