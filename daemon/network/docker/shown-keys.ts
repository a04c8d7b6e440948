import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../host/json-value.ts';
import { keysOf, membersOf } from './daemon-json.ts';

/** All before the host in the address of a proxy or a registry, but for the scheme: a password may hold any character. */
const CREDENTIALS = /^(\w+:\/\/)?.*@/s;

const withoutCredentials = (_: string, value: unknown): unknown =>
  typeof value === 'string' ? value.replace(CREDENTIALS, '$1xxxxx@') : value;

const line = (key: string, value: Json): string =>
  `${JSON.stringify(key)}: ${JSON.stringify(value, withoutCredentials)}`;

/** The keys in which two texts of the file differ, a line each, without credentials: what of the rest is nobody's business. */
export const shownKeys = (
  path: string,
  before: string | undefined,
  after: string | undefined,
): { readonly before: string | undefined; readonly after: string } => {
  const [old, fresh] = [before, after].map((text) => keysOf(membersOf(path, text ?? '')));
  const lines = (keys: Readonly<Record<string, Json>> = {}, others: Readonly<Record<string, Json>> = {}): string =>
    Object.entries(keys)
      .filter(([key, value]) => !isDeepStrictEqual(value, others[key]))
      .map(([key, value]) => line(key, value))
      .join('\n');
  return { before: before === undefined ? undefined : lines(old, fresh), after: lines(fresh, old) };
};
