import { test } from 'tap';
import { keyOf, resolvePlain, resolveTagged } from '../../../../../daemon/pods/manifest/decode/yaml-scalar.ts';

const plain = (text: string) => {
  const scalar = resolvePlain(text);
  return scalar.kind === 'null' ? null : scalar.kind === 'int' ? Number(scalar.value) : scalar.value;
};

test('plain words of YAML 1.1 are booleans and null, in three spellings and no other', async (t) => {
  for (const word of ['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'true', 'TRUE']) t.equal(plain(word), true, word);
  for (const word of ['n', 'N', 'no', 'No', 'NO', 'Off', 'false']) t.equal(plain(word), false, word);
  for (const word of ['', '~', 'null', 'Null', 'NULL']) t.equal(plain(word), null, word);
  for (const word of ['yEs', 'tRUE', 'nULL', 'yeah']) t.equal(plain(word), word, word);
});

test('integers are decimal, hexadecimal, binary or octal, as Go spells them', async (t) => {
  const integers = {
    '12': 12,
    '-7': -7,
    '+3': 3,
    '1_000': 1000,
    '0644': 420,
    '0o644': 420,
    '0x1F': 31,
    '0b101': 5,
    '-0b11': -3,
    '0b-11': -3,
  };
  for (const [text, value] of Object.entries(integers)) t.equal(plain(text), value, text);
  t.equal(plain('089'), 89, 'no octal digits: a float of the decimal value');
  t.equal(plain('0x'), '0x');
});

test('what is a float stays one, and what overflows stays text', async (t) => {
  t.equal(plain('1e3'), 1000);
  t.equal(plain('.5'), 0.5);
  t.equal(plain('6.'), 6);
  t.equal(plain('1e400'), '1e400');
  t.equal(plain('.inf'), Number.POSITIVE_INFINITY);
});

test('times, dates and numbers to the base 60 are text', async (t) => {
  for (const text of ['12:30', '1:2:3', '2001-01-01', '2001-12-14t21:59:43.10-05:00']) t.equal(plain(text), text, text);
});

test('a tag decides, and refuses what does not fit it', async (t) => {
  t.same(resolveTagged('tag:yaml.org,2002:str', '12'), { kind: 'string', value: '12' });
  t.same(resolveTagged('tag:yaml.org,2002:float', '3'), { kind: 'float', value: 3 });
  t.same(resolveTagged('tag:yaml.org,2002:binary', 'aGk='), { kind: 'string', value: 'hi' });
  t.same(resolveTagged('!mine', 'yes'), { kind: 'string', value: 'yes' });
  t.equal(resolveTagged('tag:yaml.org,2002:int', 'many'), undefined);
});

test('keys that are no text become the text that sigs.k8s.io/yaml makes of them', async (t) => {
  const key = (text: string) => keyOf(resolvePlain(text));
  t.same(['yes', '010', '1.50', '1e6', '0.1', '-.inf'].map(key), ['true', '8', '1.5', '1e+06', '0.1', '-.inf']);
  t.equal(key('~'), undefined, 'null cannot be a key');
  t.equal(key('18446744073709551615'), undefined, 'nor an integer beyond int64');
});
