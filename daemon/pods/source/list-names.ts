import { opendir } from 'node:fs/promises';

/** Some ten times what a node has pods; every rescan looks at each of them, and what is looked at is kept. */
export const MOST_ENTRIES = 1000;

/** The names in a folder; undefined when it holds more than MOST_ENTRIES, which is as far as it is read. */
export const listNames = async (folder: string): Promise<ReadonlySet<string> | undefined> => {
  const names = new Set<string>();
  for await (const { name } of await opendir(folder, { bufferSize: MOST_ENTRIES })) {
    if (names.size === MOST_ENTRIES) return undefined;
    names.add(name);
  }
  return names;
};

/**
 * Whether a name may be one that is not UTF-8: then it reads as one with U+FFFD in it, under which nothing is found.
 */
export const mayBeGarbled = (name: string): boolean => name.includes('\ufffd');
