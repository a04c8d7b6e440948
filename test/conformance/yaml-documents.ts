import fc from 'fast-check';

/** Text that go-yaml might take for something else than text, or nearly. */
const pieces = [
  '0',
  '1',
  '8',
  '9',
  'x',
  'b',
  'o',
  '_',
  '.',
  'e',
  'E',
  '+',
  '-',
  'y',
  'n',
  'yes',
  'No',
  'on',
  'true',
  'null',
  '~',
];
const more = [
  '.inf',
  '.nan',
  '12:30',
  '2001-01-01',
  '0x',
  '0b',
  '0o',
  'T',
  'Ki',
  '%',
  '=',
  '1_000',
  '18446744073709551615',
  'é',
];

export const scalarText = fc
  .array(fc.constantFrom(...pieces, ...more), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''))
  // As the first character these mean something else than a scalar.
  .filter((text) => !/^[%=]|^-$/.test(text));

/** No key twice: bootlet refuses what JSON cannot hold even where a repeated key would hide it, unlike Go. */
const byKey = { selector: ([key]: readonly [string, unknown]) => key };

const keyText = fc.oneof(fc.constantFrom('a', 'b', 'c', '<<x', '"q"', "'s'"), scalarText);

/** How a node is written at an indentation: after `key:` or `-`, with a line break in front where it needs one. */
type Written = (indent: number) => string;

const inline =
  (text: string): Written =>
  () =>
    ` ${text}`;
const lines = (indent: number, texts: readonly string[]) =>
  texts.map((text) => `\n${' '.repeat(indent)}${text}`).join('');

const quoted = fc.string({ unit: fc.constantFrom('a', ' ', ':', '#', '-', '{', "'", '\\', '\n', 'é', '\t') });
const doubleQuoted = quoted.map((text) => inline(JSON.stringify(text)));
const singleQuoted = quoted.map((text) => inline(`'${text.replace(/[\n\t]/g, ' ').replaceAll("'", "''")}'`));
const folded = fc.array(fc.constantFrom('one', 'two: x', '# three'), { minLength: 1, maxLength: 3 });
const header = fc.constantFrom('|', '>', '|-', '>+', '|2');
const blockScalar = fc.tuple(header, folded).map(
  ([style, texts]): Written =>
    (indent) => {
      const depth = style === '|2' ? indent + 2 : indent + 3;
      return ` ${style}${lines(depth, texts)}`;
    },
);
const tagged = fc
  .tuple(fc.constantFrom('!!str', '!!int', '!!float', '!mine', '!'), scalarText)
  .map(([tag, text]) => inline(`${tag} ${text}`));

const flowText: fc.Arbitrary<string> = fc.letrec((tie) => ({
  node: fc.oneof({ depthSize: 'small' }, scalarText, tie('list'), tie('map')),
  list: fc.array(tie('node'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
  map: fc
    .uniqueArray(fc.tuple(keyText, tie('node')), { ...byKey, maxLength: 3 })
    .map((entries) => `{${entries.map((entry) => entry.join(': ')).join(', ')}}`),
})).node as fc.Arbitrary<string>;

const tree = fc.letrec<{ node: Written; list: Written; map: Written }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    scalarText.map(inline),
    doubleQuoted,
    singleQuoted,
    blockScalar,
    tagged,
    flowText.map(inline),
    tie('list'),
    tie('map'),
  ),
  list: fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map(
    (items): Written =>
      (indent) =>
        lines(
          indent,
          items.map((item) => `-${item(indent + 2)}`),
        ),
  ),
  map: fc.uniqueArray(fc.tuple(keyText, tie('node')), { ...byKey, minLength: 1, maxLength: 4 }).map(
    (entries): Written =>
      (indent) =>
        lines(
          indent,
          entries.map(([key, value]) => `${key}:${value(indent + 2)}`),
        ),
  ),
}));

/** Whole documents in all of YAML's styles; most of them are good YAML, not all. */
export const documentText = tree.map.map((written) => `${written(0).trimStart()}\n`);
