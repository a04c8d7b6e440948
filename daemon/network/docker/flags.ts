import type { Json } from '../../host/json-value.ts';

/** Flags of dockerd by the key of daemon.json that says the same; a flag without a value is `true`. */
export type Flags = ReadonlyMap<string, string>;

/** Where a flag has another name than the key. */
const KEYS: Readonly<Record<string, string>> = {
  'add-runtime': 'runtimes',
  'authorization-plugin': 'authorization-plugins',
  'default-ulimit': 'default-ulimits',
  'dns-opt': 'dns-opts',
  'exec-opt': 'exec-opts',
  'http-proxy': 'proxies',
  'https-proxy': 'proxies',
  'no-proxy': 'proxies',
  'insecure-registry': 'insecure-registries',
  label: 'labels',
  'log-opt': 'log-opts',
  'registry-mirror': 'registry-mirrors',
  'storage-opt': 'storage-opts',
  host: 'hosts',
  b: 'bridge',
  D: 'debug',
  G: 'group',
  H: 'hosts',
  l: 'log-level',
  p: 'pidfile',
  s: 'storage-driver',
};

/** The arguments of a dockerd, without its name, as pflag reads them. */
export const flagsIn = (args: readonly string[]): Flags =>
  new Map(
    args.flatMap((arg, i): [string, string][] => {
      const [, name, given] = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(arg) ?? [];
      if (name === undefined) return [];
      const next = args[i + 1];
      const value = given ?? (next === undefined || next.startsWith('-') ? 'true' : next);
      return [[KEYS[name] ?? name, value]];
    }),
  );

/** Whether the flag says what the key would. */
const says = (flag: string, value: Json | undefined): boolean =>
  ['boolean', 'number', 'string'].includes(typeof value) && String(value) === flag;

/** A flag that does not let bootlet have its way. */
export interface FlagConflict {
  readonly key: string;
  readonly flag: string;
}

/**
 * dockerd does not start with an option given both by flag and in its file, equal or not. So what a flag says as wanted
 * is left out of the file, and what it says otherwise is a conflict.
 */
export const besideFlags = (
  wanted: ReadonlyMap<string, Json | undefined>,
  flags: Flags,
): { readonly keys: ReadonlyMap<string, Json | undefined>; readonly conflicts: readonly FlagConflict[] } => {
  const keys = new Map(wanted);
  const conflicts: FlagConflict[] = [];
  for (const [key, value] of wanted) {
    const flag = flags.get(key);
    if (flag === undefined) continue;
    if (says(flag, value)) keys.delete(key);
    else conflicts.push({ key, flag });
  }
  if (flags.get('icc') === 'false') conflicts.push({ key: 'icc', flag: 'false' });
  return { keys, conflicts };
};
