import fc from 'fast-check';

/** What means something to a decoder of YAML or JSON, or to a rule of Kubernetes, somewhere. In Latin-1, a character a byte. */
const words = [
  ...[
    '&a ',
    '*a',
    '<<: *a',
    '<<: [*a, *a]',
    '!!binary ',
    '!!int ',
    '!x ',
    '? ',
    ': ',
    '- ',
    '-',
    ', ',
    '#',
    ' #',
    '%YAML 1.1\n',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    '{}',
    '[]',
    '"',
    "'",
    '\\',
    '\\u0000',
    '\\ud83d',
    '|\n',
    '>-\n',
    '|2\n',
    '---\n',
    '...\n',
    '\n---\n',
  ],
  ...[
    '\t',
    '\r',
    '\n',
    '\r\n',
    '\0',
    '\x7f',
    '\xc2\x85',
    '\xe2\x80\xa8',
    '\xef\xbb\xbf',
    '\xef\xbf\xbf',
    '\xff\xfe',
    '\xc3(',
  ],
  ...[
    '0x1F',
    '0o17',
    '017',
    '1_000',
    '1e400',
    '-0',
    '.inf',
    '.nan',
    '1e-9',
    '9223372036854775808',
    '~',
    'null',
    'yes',
    'y',
    '1.0',
  ],
  ...['$(A)', '$$(A)', '..', '../', '/', '@', 'apiVersion', 'kind', 'spec', 'name', 'a'.repeat(300), ' '.repeat(300)],
  ...['constructor', '__proto__', 'toString', 'hasOwnProperty'],
];

const word = fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 4 }));

/** What decodes wherever a value stands, and is right in few places. */
const values = [
  ...[
    '',
    '""',
    'a',
    'A',
    'a-b',
    'a/b',
    '..',
    '/',
    '/a',
    '{}',
    '[]',
    '[a]',
    '{a: b}',
    'null',
    'true',
    'yes',
    '"1"',
    '1.5',
  ],
  ...[
    '0',
    '1',
    '-1',
    '65536',
    '2147483648',
    '0644',
    '100m',
    '1Gi',
    '1e3',
    '10.0.0.1',
    '::1',
    'Always',
    'Never',
    '$(A)',
  ],
];

/** A place and a length as shares of the text. */
const share = fc.noBias(fc.nat({ max: 9999 })).map((n) => n / 10_000);
const short = fc.nat({ max: 40 });

type Edit = (text: string) => string;

const insertion: fc.Arbitrary<Edit> = fc.tuple(share, word).map(
  ([at, what]) =>
    (text) =>
      splice(text, at * text.length, 0, what),
);
const cut: fc.Arbitrary<Edit> = fc.tuple(share, short).map(
  ([at, length]) =>
    (text) =>
      splice(text, at * text.length, length, ''),
);
const replacement: fc.Arbitrary<Edit> = fc.tuple(share, short, word).map(
  ([at, length, what]) =>
    (text) =>
      splice(text, at * text.length, length, what),
);
/** Puts a piece of the text elsewhere in it once more. */
const copy: fc.Arbitrary<Edit> = fc.tuple(share, fc.nat({ max: 200 }), share).map(([from, length, to]) => (text) => {
  const start = Math.floor(from * text.length);
  return splice(text, to * text.length, 0, text.slice(start, start + length));
});
/** Gives the value of one line another. */
const revaluation: fc.Arbitrary<Edit> = fc
  .tuple(share, fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, word))
  .map(([at, what]) => (text) => {
    const lines = text.split('\n');
    const index = Math.floor(at * lines.length);
    return lines
      .with(Math.min(index, lines.length - 1), (lines[index] ?? '').replace(/: .*|$/, `: ${what}`))
      .join('\n');
  });
/** Moves one line in or out. */
const indentation: fc.Arbitrary<Edit> = fc.tuple(share, fc.nat({ max: 6 })).map(([at, depth]) => (text) => {
  const lines = text.split('\n');
  const index = Math.floor(at * lines.length);
  return lines
    .with(Math.min(index, lines.length - 1), (lines[index] ?? '').replace(/^ */, ' '.repeat(depth)))
    .join('\n');
});

const splice = (text: string, at: number, length: number, what: string): string =>
  text.slice(0, at) + what + text.slice(Math.floor(at) + length);

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Texts with a few pieces changed; `texts` hold a byte in each character. */
export const mutated = (texts: readonly string[]): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(
      fc.constantFrom(...texts),
      fc.array(fc.oneof({ weight: 9, arbitrary: revaluation }, insertion, cut, replacement, copy, indentation), {
        minLength: 1,
        maxLength: 3,
      }),
    )
    .map(([text, edits]) => bytesOf(edits.reduce((changed, edit) => edit(changed), text)));

/** Bytes of any kind, and what decoders care about in any order. */
export const rawBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .array(fc.oneof(word, fc.constantFrom('a', ' ', '\n', ': ', '  ')), { maxLength: 40 })
    .map((parts) => bytesOf(parts.join(''))),
);
