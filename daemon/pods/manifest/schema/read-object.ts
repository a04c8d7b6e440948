import type { MapNode, Node } from '../decode/tree.ts';
import { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import { podTypes } from './pod-types.ts';
import { readScalar, zeroElement, zeroOf } from './read-scalar.ts';
import type { Draft, TypeName } from './types.ts';

const isTypeName = (name: string): name is TypeName => Object.hasOwn(podTypes, name);
const fieldsOf = (name: TypeName): Readonly<Record<string, string>> => podTypes[name];

/** The type of a field, as pod-types.ts writes it but for the mark of what must be there; undefined: no such field. */
export const fieldType = (type: string, name: string): string | undefined =>
  isTypeName(type) && Object.hasOwn(podTypes[type], name) ? fieldsOf(type)[name]?.replace('!', '') : undefined;

/** Of the elements of a map of the user's own keys; undefined: the type is none. */
export const elementType = (type: string): string | undefined => (type.startsWith('{}') ? type.slice(2) : undefined);

/**
 * Decodes a Pod as Kubernetes' strict decoding does: closed objects, exact types, case-sensitive names, null for
 * "not there" (and for the zero value in a list or map). Every fault is reported; what is wrong is left out.
 */
export const readPod = (root: MapNode, issues: Issues): Draft<'Pod'> =>
  // The table that the reader follows is the one that the type is made of.
  new ObjectReader(issues).object(root, 'Pod', Field.root) as Draft<'Pod'>;

class ObjectReader {
  readonly #issues: Issues;

  constructor(issues: Issues) {
    this.#issues = issues;
  }

  object(node: MapNode, type: TypeName, field: Field): Record<string, unknown> {
    this.#reportRepeated(node, field);
    const object: Record<string, unknown> = {};
    for (const [name, { keyAt, value }] of node.entries) {
      const notation = fieldType(type, name);
      if (notation === undefined) {
        this.#reportUnknown(name, keyAt, type, field);
        continue;
      }
      const read = this.#value(value, notation, field.child(name));
      if (read !== undefined) object[name] = read;
    }
    return object;
  }

  #value(node: Node, notation: string, field: Field): unknown {
    if (node.kind === 'null') return zeroOf(notation);
    if (notation.startsWith('[]')) return this.#list(node, notation.slice(2), field);
    const element = elementType(notation);
    if (element !== undefined) return this.#map(node, element, field);
    if (!isTypeName(notation)) return readScalar(node, notation, field, this.#issues);
    if (node.kind === 'map') return this.object(node, notation, field);
    return this.#issues.wrongType(field, 'a map', node);
  }

  #list(node: Node, item: string, field: Field): unknown {
    if (node.kind !== 'list') return this.#issues.wrongType(field, 'a list', node);
    return node.items.map((entry, index) => this.#element(entry, item, field.index(index)));
  }

  #map(node: Node, item: string, field: Field): unknown {
    if (node.kind !== 'map') return this.#issues.wrongType(field, 'a map', node);
    this.#reportRepeated(node, field);
    return Object.fromEntries(
      [...node.entries].map(([key, { value }]) => [key, this.#element(value, item, field.key(key))]),
    );
  }

  #element(node: Node, type: string, field: Field): unknown {
    return this.#value(node, type, field) ?? (isTypeName(type) ? {} : zeroElement(type));
  }

  #reportRepeated(node: MapNode, field: Field): void {
    for (const { key, at } of node.repeated)
      this.#issues.add('E_FIELD_DUPLICATE', field.child(key), `'${key}' is given twice`, { at });
  }

  #reportUnknown(name: string, at: number, type: TypeName, field: Field): void {
    const hint = this.#issues.suggest(name, Object.keys(fieldsOf(type)));
    this.#issues.add('E_FIELD_UNKNOWN', field.child(name), `there is no field '${name}' here`, { at, ...hint });
  }
}
