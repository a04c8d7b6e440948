import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../host/json-value.ts';
import { type Originals, partsOf } from '../../host/ledger.ts';
import { OWN_NETWORK } from '../../runtime/docker/own-network.ts';
import { type DaemonJson, keysOf, membersOf } from './daemon-json.ts';
import { type Edits, editJson, renderIn } from './edit-json.ts';
import { emptyList } from './reloaded-keys.ts';
import type { WantedKeys } from './wanted-keys.ts';

/** What daemon.json is to become. */
export interface Target {
  /** Undefined: no file. */
  readonly text: string | undefined;
  readonly keys: Readonly<Record<string, Json>>;
  /** Keys that are bootlet's, or were until now: by them it is known what dockerd has not read yet. */
  readonly compared: readonly string[];
  /** Keys that change, or may not be there, with the raw JSON that they have now: what the ledger shall know of them. */
  readonly replaced: Originals;
  /** Entries of the ledger for what is no longer bootlet's once it is as it was. */
  readonly released: readonly string[];
}

/** The ledger's name for a key, and back. */
const PREFIX = 'key ';
export const keyEntry = (key: string): string => `${PREFIX}${key}`;
export const ownedKeys = (originals: Originals): readonly string[] =>
  Object.keys(originals).flatMap((entry) => (entry.startsWith(PREFIX) ? [entry.slice(PREFIX.length)] : []));

/** The ledger's name for the network that bootlet made by Docker's API. */
export const NETWORK_ENTRY = `docker network ${OWN_NETWORK}`;

/** Raw JSON by key. */
export const rawIn = (path: string, text: string): ReadonlyMap<string, string> =>
  new Map(membersOf(path, text).map(({ key, value }) => [key, text.slice(value.start, value.end)]));

const originalOf = (originals: Originals, key: string): string | undefined => {
  const raw = originals[keyEntry(key)];
  return typeof raw === 'string' ? raw : undefined;
};

const targetOf = (
  path: string,
  {
    text,
    edits,
    raw,
  }: { readonly text: string | undefined; readonly edits: Edits; readonly raw: ReadonlyMap<string, string> },
  { compared, released, absent = [] }: Pick<Target, 'compared' | 'released'> & { readonly absent?: readonly string[] },
): Target => ({
  text,
  keys: keysOf(membersOf(path, text ?? '')),
  compared,
  released,
  replaced: Object.fromEntries([...edits.keys(), ...absent].map((key) => [keyEntry(key), raw.get(key) ?? null])),
});

/** The file with bootlet's keys as wanted; what it had set before and is no longer wanted is put back. */
export const wantedTarget = (path: string, file: DaemonJson, wanted: WantedKeys, originals: Originals): Target => {
  const text = file.text ?? '';
  const raw = rawIn(path, text);
  const edits = new Map<string, string | undefined>();
  for (const [key, value] of wanted) {
    const present = Object.hasOwn(file.keys, key) ? file.keys[key] : undefined;
    if (!isDeepStrictEqual(present, value)) edits.set(key, value === undefined ? undefined : renderIn(text, value));
  }
  const left = ownedKeys(originals).filter((key) => !wanted.has(key));
  for (const key of left) {
    const original = originalOf(originals, key) ?? emptyList(key);
    if (raw.get(key) !== original) edits.set(key, original);
  }
  // An empty list in the place of nothing is bootlet's.
  const back = left.filter((key) => originalOf(originals, key) !== undefined || emptyList(key) === undefined);
  const compared = [...new Set([...wanted.keys(), ...left])];
  const after = edits.size === 0 ? file.text : editJson(text, edits);
  // What somebody puts there later is not what was there before: a reset would leave Docker on a bridge that is gone.
  const absent = [...wanted].flatMap(([key, value]) => (value === undefined && !edits.has(key) ? [key] : []));
  return targetOf(path, { text: after, edits, raw }, { compared, released: back.map(keyEntry), absent });
};

/** What the ledger keeps of the whole file. */
interface FileOriginal {
  readonly text: string | undefined;
  readonly hadFolder: boolean;
}

export const fileOriginal = (originals: Originals, path: string): FileOriginal | undefined => {
  const original = originals[path];
  if (original === undefined) return undefined;
  const { text, hadFolder } = partsOf(original);
  return { text: typeof text === 'string' ? text : undefined, hadFolder: hadFolder !== false };
};

/** The file as it was before bootlet: to the byte where nobody else has changed it since, else but for bootlet's keys. */
export const originalTarget = (path: string, file: DaemonJson, originals: Originals): Target => {
  const original = fileOriginal(originals, path);
  const owned = ownedKeys(originals);
  const none = { compared: owned, released: Object.keys(originals) };
  const raw = rawIn(path, file.text ?? '');
  // A file that somebody has removed stays away.
  if (original === undefined || file.text === undefined) {
    return targetOf(path, { text: file.text, edits: new Map(), raw }, none);
  }
  const set = new Map(owned.map((key) => [key, raw.get(key)]));
  const isOnlyOurs = editJson(original.text ?? '', set) === file.text;
  if (isOnlyOurs) return targetOf(path, { text: original.text, edits: set, raw }, none);
  const back = new Map(owned.map((key) => [key, originalOf(originals, key)]));
  const text = editJson(file.text, back);
  const isEmpty = original.text === undefined && membersOf(path, text).length === 0;
  return targetOf(path, { text: isEmpty ? undefined : text, edits: back, raw }, none);
};
