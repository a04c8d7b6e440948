import type { JsonMember } from '../../host/json-text.ts';
import type { Json } from '../../host/json-value.ts';
import { parseObject } from './json-object.ts';

/** Raw JSON by key of the top object; undefined: the key is to go. */
export type Edits = ReadonlyMap<string, string | undefined>;

const NEW_FILE = '{\n}\n';

/** The space before a member, as its neighbours have it. */
const gapBefore = (text: string, [first]: readonly JsonMember[], open: number): string =>
  first === undefined ? '\n  ' : text.slice(open + 1, first.keyStart);

/** What stands between a key and its value. */
const colonOf = (text: string, [first]: readonly JsonMember[]): string =>
  first === undefined ? ': ' : text.slice(first.keyEnd, first.value.start);

/** How a value is written in this text: in its indentation, or on one line where the text has but one. */
export const renderIn = (text: string, value: Json): string => {
  const root = parseObject(text.trim() === '' ? NEW_FILE : text);
  const indent = /\n([ \t]*)$/.exec(gapBefore(text, root.members, root.start))?.[1];
  if (indent === undefined) return JSON.stringify(value);
  return JSON.stringify(value, null, indent === '' ? 2 : indent).replaceAll('\n', `\n${indent}`);
};

const edited = (text: string, key: string, raw: string | undefined): string => {
  const { start, end, members } = parseObject(text);
  const index = members.findIndex((member) => member.key === key);
  const member = members[index];
  const splice = (from: number, to: number, insert: string): string => text.slice(0, from) + insert + text.slice(to);
  if (member !== undefined && raw !== undefined) return splice(member.value.start, member.value.end, raw);
  if (member !== undefined) {
    const before = members[index - 1];
    if (before !== undefined) return splice(before.value.end, member.value.end, '');
    const next = members[index + 1];
    return next === undefined ? splice(start + 1, end - 1, '') : splice(member.keyStart, next.keyStart, '');
  }
  if (raw === undefined) return text;
  const line = `${gapBefore(text, members, start)}${JSON.stringify(key)}${colonOf(text, members)}${raw}`;
  const last = members.at(-1);
  return last === undefined
    ? splice(start + 1, end - 1, `${line}\n`)
    : splice(last.value.end, last.value.end, `,${line}`);
};

/**
 * The text with keys of its top object set or gone, and not a byte of the others, their order or the space around them
 * changed. New keys come last, in the manner of the text; taking them out again gives the text as it was, unless it had
 * no key at all. An empty text stands for an empty object.
 * @throws TextSyntaxError where the text is no object
 */
export const editJson = (text: string, edits: Edits): string => {
  const changes = [...edits];
  const base = text.trim() === '' ? NEW_FILE : text;
  return changes.reduce((result, [key, raw]) => edited(result, key, raw), base);
};
