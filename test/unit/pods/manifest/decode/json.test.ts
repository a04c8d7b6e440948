import fc from 'fast-check';
import { test } from 'tap';
import { parseJson } from '../../../../../daemon/pods/manifest/decode/json.ts';
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

test('any JSON is read as JSON.parse reads it', async (t) => {
  fc.assert(
    fc.property(fc.json(), (text) => t.same(toValue(parseJson(text)), JSON.parse(text))),
    { numRuns: 200 },
  );
});

test('a repeated key, the spelling of a number and every place are kept', async (t) => {
  const node = parseJson('{"a": 1.0, "a": 2}');
  t.match(node, { kind: 'map', repeated: [{ key: 'a', at: 11 }] });
  t.match(node.kind === 'map' && node.entries.get('a'), { keyAt: 11, value: { at: 16, text: '2' } });
});
