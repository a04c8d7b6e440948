import { test } from 'tap';
import { TextSyntaxError } from '../../../../../daemon/host/text-syntax-error.ts';
import { parseYaml } from '../../../../../daemon/pods/manifest/decode/yaml.ts';
import { canonicalJson } from '../../../../../daemon/pods/manifest/identity.ts';

const json = (text: string): unknown => JSON.parse(canonicalJson(parseYaml(text).root));
const faultAt = (text: string): number | undefined => {
  try {
    parseYaml(text);
    return undefined;
  } catch (error) {
    if (error instanceof TextSyntaxError) return error.offset;
    throw error;
  }
};

test('aliases stand for what was anchored last, and a merge key fills in where it is written', async (t) => {
  t.same(json('a: &x 1\nb: &x 2\nc: *x\n'), { a: 1, b: 2, c: 2 });
  t.same(json('a: &m {k: 1, l: 2}\nb:\n  <<: *m\n  k: 3\n'), { a: { k: 1, l: 2 }, b: { k: 3, l: 2 } });
  t.same(json('a: &m {k: 1}\nb:\n  k: 3\n  <<: *m\n'), { a: { k: 1 }, b: { k: 1 } }, 'later wins');
  t.same(json('"<<": {a: 1}\n'), { '<<': { a: 1 } }, 'a quoted one is a key like others');
});

test('a repeated key is told apart from the same word of another type', async (t) => {
  const { root } = parseYaml('yes: 1\n"true": 2\na: 1\na: 2\n');
  t.same(root.kind === 'map' && root.repeated, [{ key: 'a', at: 22 }]);
});

test('only the first document counts, and the place of the second is known', async (t) => {
  const file = parseYaml('a: 1\n---\nb: [broken\n');
  t.same(JSON.parse(canonicalJson(file.root)), { a: 1 });
  t.equal(file.secondDocumentAt, 5);
  t.equal(parseYaml('a: 1\n---\n').secondDocumentAt, undefined, 'an empty one is none');
});

test('as in libyaml, the indentation of what is continued in quotes and brackets does not matter', async (t) => {
  t.same(json('a:\n  b: {c: d,\ne: [f,\ng]\n}\nh: i\n'), { a: { b: { c: 'd', e: ['f', 'g'] } }, h: 'i' });
  t.same(json('a:\n  b: "x\ny"\n'), { a: { b: 'x y' } });
  t.same(json('a: "b"#c\nd: 1\n'), { a: 'b', d: 1 });
});

test('places stay those of the file where lines had to be indented to be read', async (t) => {
  const { root } = parseYaml('a:\n  b: {c: d,\ne: f}\ng: h\n');
  t.equal(root.kind === 'map' && root.entries.get('g')?.keyAt, 21);
});

test('what YAML 1.2 allows and libyaml does not is refused where it stands', async (t) => {
  t.equal(faultAt('a: 1\n\t\nb: 2\n'), 5, 'a tab on an empty line');
  t.equal(faultAt('a: "b\\/c"\n'), 5, 'an escaped slash');
  t.equal(faultAt('a: "\\ud83d\\ude00"\n'), 4, 'half a surrogate pair');
  t.equal(faultAt('%YAML 1.2\n---\na: 1\n'), 0);
  t.equal(faultAt('{a\nb: 1}\n'), 1, 'a key over two lines');
  t.equal(faultAt('? [a]\n: b\n'), 2, 'a list as a key');
});

test('aliases cannot expand without bound, nor contain themselves', async (t) => {
  const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`);
  t.type(faultAt(`l0: &l0 x\n${levels.join('\n')}\n`), 'number');
  t.equal(faultAt('a: &a [*a]\n'), 6);
});

test('nesting beyond any sense is refused before anything recurses into it', async (t) => {
  t.type(faultAt('['.repeat(50_000)), 'number');
  t.type(faultAt(`a: ${'{a: '.repeat(2000)}`), 'number');
});

test('what no pod needs is given up long before it is read to its end', async (t) => {
  const megabytes = (text: string) => text.repeat(Math.floor(2_000_000 / text.length));
  for (const text of ['a: b\n', '- ', '"', '&a ', ': ', '# x\n', '---\n', '[1, ', '\n'].map(megabytes)) {
    const at = faultAt(text);
    t.ok(at !== undefined && at < 1_000_000, JSON.stringify(text.slice(0, 5)));
  }
});

test('a long text is one word, however many lines it has', async (t) => {
  t.match(json(`a: |\n${' line\n'.repeat(300_000)}`), { a: /^line\nline\n/ });
});
