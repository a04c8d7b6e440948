import { type JsonMember, type JsonNode, parseJson } from '../../host/json-text.ts';
import { TextSyntaxError } from '../../host/text-syntax-error.ts';

/** The one object of a text, and where it stands: [start, end). */
export interface JsonObject {
  readonly start: number;
  readonly end: number;
  readonly members: readonly JsonMember[];
}

/** Deeper than anything that dockerd reads. */
const MAX_DEPTH = 64;

const checkKeys = (node: JsonNode): void => {
  if (node.kind === 'list') node.items.forEach(checkKeys);
  if (node.kind !== 'map') return;
  const keys = new Set<string>();
  for (const { key, keyStart, value } of node.members) {
    if (keys.has(key)) throw new TextSyntaxError(keyStart, `the key ${JSON.stringify(key)} is given twice`);
    keys.add(key);
    checkKeys(value);
  }
};

/**
 * Reads a text that is an object, and refuses a key that is given twice in one object, of which readers take either.
 * @throws TextSyntaxError
 */
export const parseObject = (text: string): JsonObject => {
  const root = parseJson(text, MAX_DEPTH);
  if (root.kind !== 'map') throw new TextSyntaxError(root.start, 'must be an object');
  checkKeys(root);
  return root;
};
