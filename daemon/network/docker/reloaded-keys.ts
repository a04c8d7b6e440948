import type { Json } from '../../host/json-value.ts';

type Keys = Readonly<Record<string, Json>>;

/** What dockerd reads again on SIGHUP (moby daemon/reload.go, 20.10 to 29). */
export const RELOADED: ReadonlySet<string> = new Set([
  'debug',
  'features',
  'insecure-registries',
  'labels',
  'live-restore',
  'max-concurrent-downloads',
  'max-concurrent-uploads',
  'max-download-attempts',
  'registry-mirrors',
  'runtimes',
  'shutdown-timeout',
]);

/** What a dockerd has after SIGHUP: the rest it keeps from its start. */
export const afterReload = (started: Keys, file: Keys): Keys => ({
  ...started,
  ...Object.fromEntries(Object.entries(file).filter(([key]) => RELOADED.has(key))),
});

/** SIGHUP does not take the lack of these for none of them: they go by an empty list. */
const LISTS: ReadonlySet<string> = new Set(['insecure-registries', 'registry-mirrors']);

/** What the text has to say so that dockerd has a key no more, without a start. Undefined: nothing. */
export const emptyList = (key: string): string | undefined => (LISTS.has(key) ? '[]' : undefined);

/** As dockerd takes it at its start, where no list is an empty one. */
export const effectiveValue = (key: string, keys: Keys): Json | undefined =>
  keys[key] ?? (LISTS.has(key) ? [] : undefined);
