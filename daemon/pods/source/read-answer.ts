import { createHash } from 'node:crypto';
import { decode } from '../manifest/decode/decode.ts';
import { positionsIn } from '../manifest/decode/text.ts';
import type { MapEntry, MapNode, Node } from '../manifest/decode/tree.ts';
import { canonicalJson } from '../manifest/identity.ts';
import type { ManifestIssue } from '../manifest/read.ts';
import type { ManifestFile } from '../resources.ts';
import type { ReadManifest } from './read-entry.ts';

type ValidFile = Extract<ManifestFile, { readonly state: 'valid' }>;
type InvalidFile = Extract<ManifestFile, { readonly state: 'invalid' }>;

export type ReadAnswer =
  | { readonly ok: true; readonly files: readonly ValidFile[] }
  | { readonly ok: false; readonly file: InvalidFile };

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * What an HTTP source answered: a Pod, a PodList or nothing at all, as files of the names `URL#NAMESPACE/NAME`. One
 * item that is not valid makes the whole answer so.
 */
export const readAnswer = (url: string, answer: Uint8Array, read: ReadManifest): ReadAnswer => {
  if (answer.length === 0) return { ok: true, files: [] };
  const items = itemsOf(answer);
  const documents = items ?? [{ bytes: answer, place: (issue: ManifestIssue) => issue }];
  const files = new Map<string, ValidFile>();
  const errors: ManifestIssue[] = [];
  for (const { bytes, place } of documents) {
    const result = read(bytes, url);
    if (!result.ok) {
      errors.push(...result.errors.map(place));
      continue;
    }
    const { pod } = result;
    const path = `${url}#${pod.namespace}/${pod.name}`;
    const warnings = result.warnings.map(place);
    files.set(path, { state: 'valid', path, contentHash: hashOf(bytes), bytes, pod, warnings });
  }
  return errors.length === 0
    ? { ok: true, files: [...files.values()] }
    : { ok: false, file: { state: 'invalid', path: url, contentHash: hashOf(answer), errors, warnings: [] } };
};

interface Item {
  /** A manifest of its own, as JSON. */
  readonly bytes: Uint8Array;
  /** Moves a fault of that manifest to the item's place in the list. */
  place(issue: ManifestIssue): ManifestIssue;
}

/** The items of a v1 PodList; undefined for whatever else it is. */
const itemsOf = (answer: Uint8Array): readonly Item[] | undefined => {
  const decoded = decode(answer);
  if (!decoded.ok || decoded.root.kind !== 'map' || textOf(decoded.root, 'kind') !== 'PodList') return undefined;
  const { root, text } = decoded;
  const items = textOf(root, 'apiVersion') === 'v1' ? root.entries.get('items')?.value : undefined;
  if (items?.kind !== 'list') return items?.kind === 'null' ? [] : undefined;
  const positionOf = positionsIn(text);
  return items.items.map((item, index) => ({
    bytes: Buffer.from(canonicalJson(asPod(item))),
    place: (issue) => ({
      ...issue,
      ...positionOf(item.at),
      field: `items[${index}]${issue.field && '.'}${issue.field}`,
    }),
  }));
};

const textOf = (root: MapNode, name: string): string | undefined => {
  const value = root.entries.get(name)?.value;
  return value?.kind === 'string' ? value.value : undefined;
};

/** In a list the items need not say what they are. */
const asPod = (item: Node): Node => {
  if (item.kind !== 'map') return item;
  const words = (value: string): MapEntry => ({ keyAt: item.at, value: { kind: 'string', at: item.at, value } });
  const entries = new Map([['apiVersion', words('v1')], ['kind', words('Pod')], ...item.entries]);
  return { ...item, entries };
};
