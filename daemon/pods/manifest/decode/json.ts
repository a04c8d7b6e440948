import { ManifestSyntaxError, maxDepth } from './syntax-error.ts';
import type { MapEntry, Node, RepeatedKey } from './tree.ts';

const space = /[ \t\n\r]*/y;
const literal = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259, section 7, allows none of them in a string
const plainText = /[^"\\\0-\u001f]*/y;
const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** Some hundred times what a large manifest has. */
const maxValues = 100_000;

/**
 * Reads JSON (RFC 8259), keeping what JSON.parse loses: where each value is, the spelling of numbers, repeated keys.
 * Throws ManifestSyntaxError.
 */
export const parseJson = (text: string): Node => {
  let at = 0;
  let values = 0;

  const fail = (message: string): never => {
    throw new ManifestSyntaxError(at, message);
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

  const readMap = (start: number, depth: number): Node => {
    const entries = new Map<string, MapEntry>();
    const repeated: RepeatedKey[] = [];
    if (skip('}')) return { kind: 'map', at: start, entries, repeated };
    do {
      match(space);
      const keyAt = at;
      const key = readString('a key in double quotes');
      if (!skip(':')) fail(`expected ':' after a key, found ${describe(text, at)}`);
      const value = readValue(depth + 1);
      if (entries.has(key)) repeated.push({ key, at: keyAt });
      entries.set(key, { keyAt, value });
    } while (skip(','));
    if (!skip('}')) fail(`expected ',' or '}', found ${describe(text, at)}`);
    return { kind: 'map', at: start, entries, repeated };
  };

  const readList = (start: number, depth: number): Node => {
    const items: Node[] = [];
    if (skip(']')) return { kind: 'list', at: start, items };
    do items.push(readValue(depth + 1));
    while (skip(','));
    if (!skip(']')) fail(`expected ',' or ']', found ${describe(text, at)}`);
    return { kind: 'list', at: start, items };
  };

  const readValue = (depth: number): Node => {
    values += 1;
    if (values > maxValues) fail(`it has more than ${maxValues} values`);
    if (depth > maxDepth) fail(`nested more than ${maxDepth} levels deep`);
    match(space);
    const start = at;
    if (skip('{')) return readMap(start, depth);
    if (skip('[')) return readList(start, depth);
    if (text[at] === '"') {
      const value = readString('a string');
      return { kind: 'string', at: start, value, escaped: text.slice(start, at).includes('\\') };
    }
    const word = match(literal);
    if (word === 'true' || word === 'false') return { kind: 'boolean', at: start, value: word === 'true' };
    if (word === 'null') return { kind: 'null', at: start };
    if (word === undefined) return fail(`expected a value, found ${describe(text, at)}`);
    return { kind: 'number', at: start, text: word };
  };

  const root = readValue(0);
  match(space);
  if (at < text.length) fail(`expected the end of the file, found ${describe(text, at)}`);
  return root;
};

const describe = (text: string, at: number) => (at < text.length ? JSON.stringify(text[at]) : 'the end of the file');
