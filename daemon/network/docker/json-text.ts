import type { Json } from '../../host/json-value.ts';

/** One key of an object with its value, and where both stand in the text: [start, end). */
export interface Member {
  readonly key: string;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly value: Node;
}

/** A value and where it stands. */
export interface Node {
  readonly start: number;
  readonly end: number;
  readonly json: Json;
  /** Of an object, in their order. */
  readonly members: readonly Member[];
}

/** What is wrong with a text that is to be JSON. */
export class JsonFault extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'JsonFault';
    this.offset = offset;
  }
}

const SPACE = /[ \t\r\n]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 section 7 forbids exactly these in a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
/** Deeper than anything that dockerd reads. */
const DEEPEST = 64;

/** A value that holds others, while it is read. */
const nodeOf = (start: number, end: number, json: Json, members: readonly Member[] = []): Node => ({
  start,
  end,
  json,
  members,
});

/**
 * Reads a whole text as RFC 8259 has it, and refuses a key that is given twice in one object, of which readers take
 * either.
 * @throws JsonFault
 */
export const parseJson = (text: string): Node => {
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    at += found?.length ?? 0;
    return found;
  };
  const fault = (what: string): JsonFault => {
    const seen = text[at] === undefined ? 'the text ends' : `there is ${JSON.stringify(text[at])}`;
    return new JsonFault(`${what} is expected where ${seen}`, at);
  };
  const takeSign = (sign: string): boolean => {
    take(SPACE);
    if (text[at] !== sign) return false;
    at += 1;
    return true;
  };
  /** The items of an object or a list, whose opening sign was taken. */
  const items = <T>(close: string, item: () => T): readonly T[] => {
    const found: T[] = [];
    if (takeSign(close)) return found;
    do found.push(item());
    while (takeSign(','));
    if (!takeSign(close)) throw fault(`"," or "${close}"`);
    return found;
  };
  const member = (depth: number): Member => {
    take(SPACE);
    const keyStart = at;
    const raw = take(STRING);
    if (raw === undefined) throw fault('a key in quotes');
    const keyEnd = at;
    if (!takeSign(':')) throw fault('":"');
    return { key: String(JSON.parse(raw)), keyStart, keyEnd, value: value(depth + 1) };
  };
  const value = (depth: number): Node => {
    take(SPACE);
    const start = at;
    if (depth > DEEPEST) throw new JsonFault(`values are nested deeper than ${DEEPEST}`, at);
    if (takeSign('{')) {
      const members = items('}', () => member(depth));
      const keys = new Set<string>();
      for (const { key, keyStart } of members) {
        if (keys.has(key)) throw new JsonFault(`the key ${JSON.stringify(key)} is given twice`, keyStart);
        keys.add(key);
      }
      return nodeOf(start, at, Object.fromEntries(members.map((m) => [m.key, m.value.json])), members);
    }
    if (takeSign('[')) {
      const nodes = items(']', () => value(depth + 1));
      return nodeOf(
        start,
        at,
        nodes.map(({ json }) => json),
      );
    }
    const raw = take(STRING) ?? take(SCALAR);
    if (raw === undefined) throw fault('a value');
    const json: Json = JSON.parse(raw);
    return nodeOf(start, at, json);
  };
  const root = value(0);
  take(SPACE);
  if (at < text.length) throw fault('the end');
  return root;
};

/** Line and column of an offset, both from 1. */
export const positionIn = (text: string, offset: number): { readonly line: number; readonly column: number } => {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
};
