import fc from 'fast-check';
import { test } from 'tap';
import { parseJson } from '../../../../../daemon/pods/manifest/decode/json.ts';
import { ManifestSyntaxError } from '../../../../../daemon/pods/manifest/decode/syntax-error.ts';
import type { Node } from '../../../../../daemon/pods/manifest/decode/tree.ts';

const toValue = (node: Node): unknown => {
  switch (node.kind) {
    case 'null':
      return null;
    case 'number':
      return Number(node.text);
    case 'list':
      return node.items.map(toValue);
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, toValue(value)]));
    default:
      return node.value;
  }
};

const accepts = (parse: () => unknown): boolean => {
  try {
    parse();
    return true;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ManifestSyntaxError) return false;
    throw error;
  }
};

test('any JSON is read as JSON.parse reads it', async (t) => {
  fc.assert(
    fc.property(fc.json(), (text) => t.same(toValue(parseJson(text)), JSON.parse(text))),
    { numRuns: 200 },
  );
});

test('what is no JSON to JSON.parse is none here, and the other way round', async (t) => {
  const nearlyJson = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom(',', ']', '}', '"', '\\', '0', '\t', "'", 'x'))
    .map(([text, at, extra]) => text.slice(0, at % (text.length + 1)) + extra + text.slice(at % (text.length + 1)));
  const agrees = (text: string) => accepts(() => parseJson(text)) === accepts(() => JSON.parse(text));
  fc.assert(fc.property(nearlyJson, agrees), { numRuns: 500 });
  t.pass();
});

test('a repeated key, the spelling of a number and every place are kept', async (t) => {
  const node = parseJson('{"a": 1.0, "a": 2}');
  t.match(node, { kind: 'map', repeated: [{ key: 'a', at: 11 }] });
  t.match(node.kind === 'map' && node.entries.get('a'), { keyAt: 11, value: { at: 16, text: '2' } });
});

test('nesting beyond any sense is refused', async (t) => {
  t.throws(() => parseJson('['.repeat(100_000)), { name: 'ManifestSyntaxError' });
});
