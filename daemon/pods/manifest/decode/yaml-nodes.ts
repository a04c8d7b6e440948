import { isAlias, isMap, isScalar, isSeq, type ParsedNode, type Scalar } from 'yaml';
import { TextSyntaxError } from '../../../host/text-syntax-error.ts';
import { AliasBudget } from './alias-budget.ts';
import type { MapEntry, MapNode, Node, RepeatedKey } from './tree.ts';
import { keyOf, resolvePlain, resolveTagged, type YamlScalar } from './yaml-scalar.ts';

/** One decoded map while merge keys and repeated keys still come in. */
interface OpenMap {
  readonly entries: Map<string, MapEntry>;
  readonly repeated: RepeatedKey[];
  /** Go type and value of each key: `true` and `"true"` are two keys to go-yaml, and one to JSON. */
  readonly identities: Set<string>;
}

/** Resolves scalars, aliases and merge keys of one document in document order, as go-yaml v2 decodes into an interface. */
export class NodeBuilder {
  readonly #anchors = new Map<string, ParsedNode>();
  readonly #open = new Set<ParsedNode>();
  readonly #budget = new AliasBudget();
  readonly #origin: (offset: number) => number;

  /** `origin` tells the place in the file of an offset in what was parsed. */
  constructor(origin: (offset: number) => number) {
    this.#origin = origin;
  }

  build(node: ParsedNode | null, at = 0): Node {
    this.#budget.count(isScalar(node) ? textOf(node).length : 0);
    if (node === null) return { kind: 'null', at };
    const start = this.#origin(node.range[0]);
    if (isAlias(node)) return this.#budget.within(start, () => this.build(this.#target(node.source, start), start));
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return jsonScalar(scalarOf(node), start);
    if (this.#open.has(node)) throw new TextSyntaxError(start, `the anchor '${node.anchor}' contains itself`);
    this.#open.add(node);
    const built = isMap(node) ? this.#buildMap(node, start) : this.#buildList(node, start);
    this.#open.delete(node);
    return built;
  }

  #target(name: string, at: number): ParsedNode {
    const node = this.#anchors.get(name);
    if (!node) throw new TextSyntaxError(at, `there is no anchor '${name}' before this alias`);
    return node;
  }

  #buildList(node: ParsedNode, at: number): Node {
    const items = isSeq(node) ? node.items.map((item) => this.build(item as ParsedNode, at)) : [];
    return { kind: 'list', at, items };
  }

  #buildMap(node: ParsedNode, at: number): MapNode {
    const map: OpenMap = { entries: new Map(), repeated: [], identities: new Set() };
    this.#fill(map, node);
    return { kind: 'map', at, entries: map.entries, repeated: map.repeated };
  }

  #fill(map: OpenMap, node: ParsedNode): void {
    if (!isMap(node)) return;
    for (const pair of node.items) {
      const key = pair.key as ParsedNode | null;
      const value = pair.value as ParsedNode | null;
      const keyAt = this.#origin(key?.range[0] ?? node.range[0]);
      if (isMergeKey(key)) this.#merge(map, value, keyAt);
      else this.#set(map, key, keyAt, value);
    }
  }

  #set(map: OpenMap, key: ParsedNode | null, keyAt: number, value: ParsedNode | null): void {
    const name = this.#key(key, keyAt);
    if (map.identities.has(name.identity)) map.repeated.push({ key: name.text, at: keyAt });
    map.identities.add(name.identity);
    map.entries.set(name.text, { keyAt, value: this.build(value, keyAt) });
  }

  #key(key: ParsedNode | null, at: number): { text: string; identity: string } {
    const node = key && isAlias(key) ? this.#target(key.source, at) : key;
    if (node && !isScalar(node)) throw new TextSyntaxError(at, 'a list or map cannot be a key');
    if (node?.anchor !== undefined) this.#anchors.set(node.anchor, node);
    const scalar: YamlScalar = node ? scalarOf(node) : { kind: 'null' };
    const text = keyOf(scalar);
    if (text === undefined) throw new TextSyntaxError(at, `${describe(scalar)} cannot be a key`);
    return { text, identity: `${scalar.kind} ${text}` };
  }

  /** YAML 1.1 merge keys, in the order written: what comes later wins, and counts as repeated. */
  #merge(map: OpenMap, value: ParsedNode | null, at: number): void {
    const sources = value && isSeq(value) ? ([...value.items].reverse() as ParsedNode[]) : [value];
    for (const source of sources) {
      const target = source && isAlias(source) ? this.#target(source.source, at) : source;
      if (!target || !isMap(target)) throw new TextSyntaxError(at, 'a merge key (<<) takes a map or a list of maps');
      if (this.#open.has(target)) throw new TextSyntaxError(at, `the anchor '${target.anchor}' contains itself`);
      if (source && isAlias(source)) this.#budget.within(at, () => this.#fill(map, target));
      else this.#fill(map, target);
    }
  }
}

const isMergeKey = (key: ParsedNode | null): boolean =>
  isScalar(key) &&
  key.value === '<<' &&
  (key.type === 'PLAIN' ? key.tag === undefined || key.tag === mergeTag : key.tag === mergeTag);

const mergeTag = 'tag:yaml.org,2002:merge';

const textOf = ({ value }: Scalar): string => (typeof value === 'string' ? value : '');

const scalarOf = (node: ParsedNode): YamlScalar => {
  if (!isScalar(node)) return { kind: 'null' };
  const text = textOf(node);
  if (node.tag === undefined) return node.type === 'PLAIN' ? resolvePlain(text) : { kind: 'string', value: text };
  const resolved = resolveTagged(node.tag, text);
  if (resolved) return resolved;
  throw new TextSyntaxError(node.range[0], `${JSON.stringify(text.slice(0, 40))} is no ${node.tag}`);
};

const jsonScalar = (scalar: YamlScalar, at: number): Node => {
  switch (scalar.kind) {
    case 'null':
      return { kind: 'null', at };
    case 'boolean':
      return { kind: 'boolean', at, value: scalar.value };
    case 'int':
      return { kind: 'number', at, text: String(scalar.value) };
    case 'string':
      return { kind: 'string', at, value: scalar.value };
    case 'float':
      if (!Number.isFinite(scalar.value)) throw new TextSyntaxError(at, `${scalar.value} has no place in JSON`);
      return { kind: 'number', at, text: Object.is(scalar.value, -0) ? '-0' : JSON.stringify(scalar.value) };
  }
};

const describe = (scalar: YamlScalar) => (scalar.kind === 'int' ? 'an integer beyond 64 bits' : 'null');
