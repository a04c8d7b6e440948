import fc from 'fast-check';
import { test } from 'tap';
import { jsonOf, parseJson } from '../../../../daemon/host/json-text.ts';
import { editJson, renderIn } from '../../../../daemon/network/docker/edit-json.ts';
import { parseObject } from '../../../../daemon/network/docker/json-object.ts';

const set = (key: string, raw: string | undefined): ReadonlyMap<string, string | undefined> => new Map([[key, raw]]);

test('a new key comes last, in the manner of the text', async (t) => {
  t.equal(editJson('{\n\t"a" : 1\n}\n', set('b', '2')), '{\n\t"a" : 1,\n\t"b" : 2\n}\n');
  t.equal(editJson('{"a":1}', set('b', '2')), '{"a":1,"b":2}');
});

test('a text without a key gets one of its own form', async (t) => {
  t.equal(editJson('', set('a', '1')), '{\n  "a": 1\n}\n');
  t.equal(editJson(' { } ', set('a', '1')), ' {\n  "a": 1\n} ');
});

test('a value is replaced where it stands', async (t) => {
  t.equal(editJson('{ "a":1 , "b" : [1, 2] }', set('a', '"x"')), '{ "a":"x" , "b" : [1, 2] }');
});

test('a key that goes takes the comma that it brought', async (t) => {
  const text = '{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}';
  t.equal(editJson(text, set('a', undefined)), '{\n  "b": 2,\n  "c": 3\n}');
  t.equal(editJson(text, set('b', undefined)), '{\n  "a": 1,\n  "c": 3\n}');
  t.equal(editJson(text, set('c', undefined)), '{\n  "a": 1,\n  "b": 2\n}');
  t.equal(editJson('{ "a": 1 }', set('a', undefined)), '{}');
  t.equal(editJson('{ "a": 1 }', set('b', undefined)), '{ "a": 1 }');
});

test('a value with lines is indented as its place asks', async (t) => {
  t.equal(renderIn('{\n    "a": 1\n}', { b: 1 }), '{\n        "b": 1\n    }');
  t.equal(renderIn('{"a":1}', { b: [1] }), '{"b":[1]}');
});

const spaces = fc.stringMatching(/^[ \n\t]{0,3}$/);
// Not the backslash beside it: V8's JSON.parse (Node 24) takes the keys `"\\` and `\\"` of one text for the same.
const name = fc.stringMatching(/^[a-z"é]{1,4}$/);

/** A file as people write it: any spacing, any values. */
const files = fc
  .tuple(fc.uniqueArray(fc.tuple(name, fc.jsonValue(), spaces), { selector: ([key]) => key, minLength: 1 }), spaces)
  .map(([entries, end]) => {
    const members = entries.map(
      ([key, value, space]) => `${space}${JSON.stringify(key)}${space}:${space}${JSON.stringify(value)}`,
    );
    return `${end}{${members.join(',')}${end}}${end}`;
  });

test('what was added and is taken out again leaves every byte as it was', async () => {
  const keys = fc.uniqueArray(fc.stringMatching(/^[A-Z]{1,3}$/), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(files, keys, fc.jsonValue(), (text, added, value) => {
      const raw = renderIn(text, jsonOf(parseJson(JSON.stringify(value), 64)));
      const changed = editJson(text, new Map(added.map((key) => [key, raw])));
      JSON.parse(changed);
      return editJson(changed, new Map(added.map((key) => [key, undefined]))) === text;
    }),
  );
});

test('a value that was replaced and put back leaves every byte as it was', async () => {
  fc.assert(
    fc.property(files, fc.jsonValue(), (text, value) => {
      const [member] = parseObject(text).members;
      if (member === undefined) return false;
      const changed = editJson(text, set(member.key, JSON.stringify(value)));
      return editJson(changed, set(member.key, text.slice(member.value.start, member.value.end))) === text;
    }),
  );
});

test('a key that is given twice is refused, with its place', async (t) => {
  const text = '{\n  "a": [{"x": 1, "x": 2}]\n}';
  t.throws(() => parseObject(text), { message: /"x" is given twice/, offset: text.lastIndexOf('"x"') });
});

test('a text that goes too deep, or is no object, is refused', async (t) => {
  t.throws(() => parseObject(`{"a": ${'['.repeat(100)}`), { message: /deep/ });
  t.throws(() => parseObject(' []'), { message: 'must be an object', offset: 1 });
});
