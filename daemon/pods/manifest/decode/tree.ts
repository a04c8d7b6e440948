import type { Field } from '../field.ts';

/**
 * What a manifest says, as JSON knows it, with the offset of every value in the text.
 * Numbers keep their JSON spelling, because Kubernetes takes `1` and `1.0` for different things.
 */
export type Node = ScalarNode | ListNode | MapNode;

export type ScalarNode =
  | { readonly kind: 'null'; readonly at: number }
  | { readonly kind: 'boolean'; readonly at: number; readonly value: boolean }
  | { readonly kind: 'number'; readonly at: number; readonly text: string }
  | { readonly kind: 'string'; readonly at: number; readonly value: string; readonly escaped?: boolean };

export interface ListNode {
  readonly kind: 'list';
  readonly at: number;
  readonly items: readonly Node[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly at: number;
  /** The last one of a repeated key, as Go's maps keep it. */
  readonly entries: ReadonlyMap<string, MapEntry>;
  /** Keys that were given more than once, with the place of the later one. */
  readonly repeated: readonly RepeatedKey[];
}

export interface MapEntry {
  readonly keyAt: number;
  readonly value: Node;
}

export interface RepeatedKey {
  readonly key: string;
  readonly at: number;
}

/** Finds an entry by name; Kubernetes now and then reports a field in Go's spelling (`HostPID`). */
const entryOf = (node: MapNode, name: string): MapEntry | undefined => {
  const exact = node.entries.get(name);
  if (exact) return exact;
  const lower = name.toLowerCase();
  for (const [key, entry] of node.entries) if (key.toLowerCase() === lower) return entry;
  return undefined;
};

/** The offset of what a field path names, or of its nearest ancestor that exists. */
export const offsetOf = (root: Node, field: Field): number => {
  let node = root;
  let at = root.at;
  for (const step of field.steps()) {
    if (node.kind === 'list' && typeof step === 'number') {
      const item = node.items[step];
      if (!item) return at;
      node = item;
      at = item.at;
    } else if (node.kind === 'map' && typeof step === 'string') {
      const entry = entryOf(node, step);
      if (!entry) return at;
      node = entry.value;
      at = node.kind === 'null' || node.kind === 'map' || node.kind === 'list' ? entry.keyAt : node.at;
    } else {
      return at;
    }
  }
  return at;
};
