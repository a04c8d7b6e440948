import { keysOf, membersOf } from './daemon-json.ts';
import { editJson } from './edit-json.ts';
import type { DockerMemory } from './memory.ts';
import { rawIn } from './target.ts';

/** A daemon.json that does not name this bridge as Docker's own. */
export const withoutBridge = (path: string, text: string, bridgeName: string): string =>
  keysOf(membersOf(path, text))['bridge'] === bridgeName ? editJson(text, new Map([['bridge', undefined]])) : text;

/**
 * What daemon.json is to hold after what was tried has failed: what was good before, to the byte, or, where somebody else
 * has changed it since, that without what was tried. Safe to repeat on what it gave. Undefined: no file.
 */
export const restoredText = (
  path: string,
  now: string | undefined,
  { good, written = null }: DockerMemory,
): string | undefined => {
  if (good === undefined || now === undefined) return now;
  if (now === written || now === good) return good ?? undefined;
  const [present, tried, before] = [rawIn(path, now), rawIn(path, written ?? ''), rawIn(path, good ?? '')];
  const keys = new Set([...tried.keys(), ...before.keys()]);
  const edits = [...keys]
    .filter((key) => tried.get(key) !== before.get(key) && present.get(key) === tried.get(key))
    .map((key): [string, string | undefined] => [key, before.get(key)]);
  const text = editJson(now, new Map(edits));
  return good === null && membersOf(path, text).length === 0 ? undefined : text;
};
