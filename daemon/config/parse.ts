import { isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { type ConfigIssue, issueAt } from './issue.ts';
import type { Entry, Place, Tree } from './tree.ts';

export interface Parsed {
  readonly tree: Tree;
  readonly issues: readonly ConfigIssue[];
}

/** Reads the text of one configuration file, YAML 1.2 (core schema), which JSON is a part of. An empty file is an empty map. */
export const parseConfig = (text: string, file: string): Parsed => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const issues: ConfigIssue[] = [];
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  for (const error of document.errors) issues.push(issueAt(placeAt(error.pos[0]), '', error.message));

  const treeOf = (node: ParsedNode | null, keyAt: Place): Tree => {
    if (node === null) return { kind: 'scalar', value: null, at: keyAt };
    const at = placeAt(node.range[0]);
    if (isMap(node)) {
      const entries = new Map<string, Entry>();
      for (const { key, value } of node.items) {
        const place = placeAt(key.range[0]);
        if (isScalar(key)) entries.set(String(key.value), { at: place, value: treeOf(value, place) });
        else issues.push(issueAt(place, '', 'a key must be plain text'));
      }
      return { kind: 'map', entries, at };
    }
    if (isSeq(node)) return { kind: 'list', items: node.items.map((item) => treeOf(item, at)), at };
    if (isAlias(node)) {
      issues.push(issueAt(at, '', 'aliases are not taken in the configuration: write the value out'));
      return { kind: 'scalar', value: null, at };
    }
    return { kind: 'scalar', value: scalarOf(node.value), at };
  };

  const start = placeAt(0);
  const root = treeOf(document.contents, start);
  const isEmpty = root.kind === 'scalar' && root.value === null;
  if (root.kind !== 'map' && !isEmpty) issues.push(issueAt(root.at, '', 'must be a map of settings'));
  return { tree: root.kind === 'map' ? root : { kind: 'map', entries: new Map(), at: start }, issues };
};

const scalarOf = (value: unknown): string | number | boolean | null =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
