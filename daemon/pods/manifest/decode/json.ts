import { type JsonNode, parseJson as parse } from '../../../host/json-text.ts';
import { maxDepth } from './max-depth.ts';
import type { MapEntry, Node, RepeatedKey } from './tree.ts';

const scalarOf = (text: string, { start: at, end }: JsonNode, value: null | boolean | number | string): Node => {
  const spelling = text.slice(at, end);
  switch (typeof value) {
    case 'string':
      return { kind: 'string', at, value, escaped: spelling.includes('\\') };
    case 'number':
      return { kind: 'number', at, text: spelling };
    case 'boolean':
      return { kind: 'boolean', at, value };
    default:
      return { kind: 'null', at };
  }
};

const nodeOf = (text: string, node: JsonNode): Node => {
  const at = node.start;
  if (node.kind === 'scalar') return scalarOf(text, node, node.value);
  if (node.kind === 'list') return { kind: 'list', at, items: node.items.map((item) => nodeOf(text, item)) };
  const entries = new Map<string, MapEntry>();
  const repeated: RepeatedKey[] = [];
  for (const { key, keyStart: keyAt, value } of node.members) {
    if (entries.has(key)) repeated.push({ key, at: keyAt });
    entries.set(key, { keyAt, value: nodeOf(text, value) });
  }
  return { kind: 'map', at, entries, repeated };
};

/**
 * Reads JSON (RFC 8259), keeping what JSON.parse loses: where each value is, the spelling of numbers, repeated keys.
 * Throws TextSyntaxError.
 */
export const parseJson = (text: string): Node => nodeOf(text, parse(text, maxDepth));
