import type { Json } from './json-value.ts';
import { TextSyntaxError } from './text-syntax-error.ts';

/** One key of an object with its value, and where the key stands in the text: [start, end). */
export interface JsonMember {
  readonly key: string;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly value: JsonNode;
}

/** A value, and where it stands in the text: [start, end). */
export type JsonNode = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'scalar'; readonly value: null | boolean | number | string }
  | { readonly kind: 'list'; readonly items: readonly JsonNode[] }
  /** In their order; a key that is given twice is there twice. */
  | { readonly kind: 'map'; readonly members: readonly JsonMember[] }
);

const space = /[ \t\n\r]*/y;
const literal = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259, section 7, allows none of them in a string
const plainText = /[^"\\\0-\u001f]*/y;
const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** Some hundred times what a large manifest has. */
const maxValues = 100_000;

const describe = (text: string, at: number) => (at < text.length ? JSON.stringify(text[at]) : 'the end of the file');

/**
 * Reads JSON (RFC 8259), keeping what JSON.parse loses: where each value is, and repeated keys.
 * @throws TextSyntaxError for what is no JSON, has too many values or goes deeper than `maxDepth`
 */
export const parseJson = (text: string, maxDepth: number): JsonNode => {
  let at = 0;
  let values = 0;

  const fail = (message: string): never => {
    throw new TextSyntaxError(at, message);
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const skip = (expected: string): boolean => {
    match(space);
    if (text[at] !== expected) return false;
    at += 1;
    return true;
  };
  const readString = (what: string): string => {
    const start = at;
    if (!skip('"')) fail(`expected ${what}, found ${describe(text, at)}`);
    do match(plainText);
    while (match(escapeSequence) !== undefined);
    if (text[at] !== '"') fail(`${describe(text, at)} cannot be in a string`);
    at += 1;
    return String(JSON.parse(text.slice(start, at)));
  };
  /** What stands until the sign that closes it; the opening one was read. */
  const readItems = <T>(close: string, read: () => T): readonly T[] => {
    const items: T[] = [];
    if (skip(close)) return items;
    do items.push(read());
    while (skip(','));
    if (!skip(close)) fail(`expected ',' or '${close}', found ${describe(text, at)}`);
    return items;
  };
  const readMember = (depth: number): JsonMember => {
    match(space);
    const keyStart = at;
    const key = readString('a key in double quotes');
    const keyEnd = at;
    if (!skip(':')) fail(`expected ':' after a key, found ${describe(text, at)}`);
    return { key, keyStart, keyEnd, value: readValue(depth) };
  };
  const readScalar = (): null | boolean | number | string => {
    if (text[at] === '"') return readString('a string');
    const word = match(literal);
    return word === undefined ? fail(`expected a value, found ${describe(text, at)}`) : JSON.parse(word);
  };
  const readValue = (depth: number): JsonNode => {
    values += 1;
    if (values > maxValues) fail(`it has more than ${maxValues} values`);
    if (depth > maxDepth) fail(`nested more than ${maxDepth} levels deep`);
    match(space);
    const start = at;
    if (skip('{')) {
      const members = readItems('}', () => readMember(depth + 1));
      return { kind: 'map', start, end: at, members };
    }
    if (skip('[')) {
      const items = readItems(']', () => readValue(depth + 1));
      return { kind: 'list', start, end: at, items };
    }
    const value = readScalar();
    return { kind: 'scalar', start, end: at, value };
  };

  const root = readValue(0);
  match(space);
  if (at < text.length) fail(`expected the end of the file, found ${describe(text, at)}`);
  return root;
};

/** The value itself; of a key that is given twice the last. */
export const jsonOf = (node: JsonNode): Json => {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(jsonOf);
  return Object.fromEntries(node.members.map(({ key, value }) => [key, jsonOf(value)]));
};
