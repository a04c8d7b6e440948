import { BootletError } from '../../errors.ts';
import { isMap } from '../../host/json-value.ts';

/** A decoded JSON object, before anything is known of it. */
export type Fields = Readonly<Record<string, unknown>>;

const misunderstood = (what: string, cause?: unknown): BootletError =>
  new BootletError('E_INTERNAL', `docker's answer is not understood: ${what}`, {
    hint: 'Report this with the version of Docker.',
    cause,
  });

/** @throws BootletError E_INTERNAL when the text is no JSON */
export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw misunderstood(`${JSON.stringify(text.slice(0, 200))} is no JSON`, error);
  }
};

/** @throws BootletError E_INTERNAL when the value is no list */
export const itemsOf = (value: unknown, what: string): readonly unknown[] => {
  if (!Array.isArray(value)) throw misunderstood(`${what} is no list`);
  return value;
};

/** @throws BootletError E_INTERNAL when the value is not an object */
export const fieldsOf = (value: unknown, what: string): Fields => {
  if (!isMap(value)) throw misunderstood(`${what} is no object`);
  return value;
};

/** The object in a field; an empty one where it is absent or null. */
export const objectIn = (fields: Fields, key: string): Fields => {
  const value = fields[key] ?? {};
  return fieldsOf(value, key);
};

/** The string in a field of an object; undefined where there is none. */
export const textOf = (value: unknown, key: string): string | undefined => {
  const text = isMap(value) ? value[key] : undefined;
  return typeof text === 'string' ? text : undefined;
};

/** @throws BootletError E_INTERNAL when it is absent or no string */
export const stringIn = (fields: Fields, key: string): string => {
  const value = fields[key];
  if (typeof value !== 'string') throw misunderstood(`${key} is no string`);
  return value;
};

/** 0 where it is absent or null. */
export const numberIn = (fields: Fields, key: string): number => {
  const value = fields[key] ?? 0;
  if (typeof value !== 'number') throw misunderstood(`${key} is no number`);
  return value;
};

/** The list of strings in a field; an empty one where it is absent or null. */
export const stringsIn = (fields: Fields, key: string): readonly string[] =>
  itemsOf(fields[key] ?? [], key).map((item) => {
    if (typeof item !== 'string') throw misunderstood(`${key} holds something other than strings`);
    return item;
  });

/** A map of strings in a field; an empty one where it is absent or null. */
export const stringMapIn = (fields: Fields, key: string): Readonly<Record<string, string>> => {
  const map = objectIn(fields, key);
  return Object.fromEntries(Object.keys(map).map((name) => [name, stringIn(map, name)]));
};
