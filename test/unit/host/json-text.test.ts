import fc from 'fast-check';
import { test } from 'tap';
import { jsonOf, parseJson } from '../../../daemon/host/json-text.ts';
import { TextSyntaxError } from '../../../daemon/host/text-syntax-error.ts';

const DEEP = 1000;
const read = (text: string) => parseJson(text, DEEP);

const accepts = (parse: () => unknown): boolean => {
  try {
    parse();
    return true;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TextSyntaxError) return false;
    throw error;
  }
};

test('any JSON is read as JSON.parse reads it', async (t) => {
  fc.assert(
    fc.property(fc.json(), (text) => t.same(jsonOf(read(text)), JSON.parse(text))),
    { numRuns: 200 },
  );
});

test('what is no JSON to JSON.parse is none here, and the other way round', async (t) => {
  const nearlyJson = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom(',', ']', '}', '"', '\\', '0', '\t', "'", 'x'))
    .map(([text, at, extra]) => text.slice(0, at % (text.length + 1)) + extra + text.slice(at % (text.length + 1)));
  const agrees = (text: string) => accepts(() => read(text)) === accepts(() => JSON.parse(text));
  fc.assert(fc.property(nearlyJson, agrees), { numRuns: 500 });
  t.pass();
});

test('every place is kept, and a key that is given twice', async (t) => {
  const text = ' {"a": [1.0], "a" : "\\n"} ';
  t.match(read(text), {
    kind: 'map',
    start: 1,
    end: 25,
    members: [
      { key: 'a', keyStart: 2, keyEnd: 5, value: { kind: 'list', start: 7, end: 12, items: [{ start: 8, end: 11 }] } },
      { key: 'a', keyStart: 14, keyEnd: 17, value: { kind: 'scalar', start: 20, end: 24, value: '\n' } },
    ],
  });
  t.same(jsonOf(read(text)), { a: '\n' });
});

test('nesting beyond any sense, and more values than anyone writes, are refused', async (t) => {
  t.throws(() => read('['.repeat(100_000)), { name: 'TextSyntaxError', message: /deep/ });
  t.throws(() => read(`[${'0,'.repeat(100_000)}0]`), { name: 'TextSyntaxError', message: /values/ });
});

test('a string of any length is read', async (t) => {
  const long = '\\n'.repeat(1_000_000);
  t.equal(jsonOf(read(`"${long}"`)), JSON.parse(`"${long}"`));
});
