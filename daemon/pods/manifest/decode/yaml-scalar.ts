/**
 * How go-yaml v2, which sigs.k8s.io/yaml uses, reads a scalar: mostly YAML 1.1, without base 60 and with Go's own
 * spellings of integers (`0o644`, `0b1`). What looks like a date stays a string.
 */
export type YamlScalar =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string };

const words = new Map<string, YamlScalar>();
const register = (scalar: YamlScalar, ...spellings: readonly string[]) => {
  for (const spelling of spellings) words.set(spelling, scalar);
};
register({ kind: 'boolean', value: true }, 'y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON');
register({ kind: 'boolean', value: false }, 'n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF');
register({ kind: 'null' }, '', '~', 'null', 'Null', 'NULL');
register({ kind: 'float', value: Number.NaN }, '.nan', '.NaN', '.NAN');
register({ kind: 'float', value: Number.POSITIVE_INFINITY }, '.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF');
register({ kind: 'float', value: Number.NEGATIVE_INFINITY }, '-.inf', '-.Inf', '-.INF');

const integer = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const float = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const minInt = -(2n ** 63n);
const maxInt = 2n ** 64n - 1n;

const parseInteger = (text: string): bigint | undefined => {
  // go-yaml also takes the sign of a binary number behind its prefix.
  const [, sign, digits] = integer.exec(text.replace(/^0b([-+])(?=[01])/, '$10b')) ?? [];
  if (digits === undefined) return undefined;
  const [, prefix = '', significant = ''] = /^(0[xXbBoO]|0(?=.)|)0*(.*)$/.exec(digits) ?? [];
  // 64 binary digits are the most that fit; turning megabytes of digits into a number takes seconds.
  if (significant.length > 64) return undefined;
  const magnitude = BigInt(`${prefix === '0' ? '0o' : prefix.toLowerCase()}${significant || '0'}`);
  // Go parses a sign only into int64, and what does not fit there without one into uint64.
  const value = sign === '-' ? -magnitude : magnitude;
  if (value < minInt || value > maxInt || (sign === '+' && value >= 2n ** 63n)) return undefined;
  return value;
};

const parseFloat64 = (text: string): number | undefined => {
  if (!float.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
};

/** Resolves the text of a plain scalar without a tag. */
export const resolvePlain = (text: string): YamlScalar => {
  const word = words.get(text);
  if (word) return word;
  if (text.startsWith('.')) {
    // Go's own floats, where an underscore has a digit on either side.
    const value = /_(?!\d)|(?<!\d)_/.test(text) ? undefined : parseFloat64(text.replaceAll('_', ''));
    return value === undefined ? { kind: 'string', value: text } : { kind: 'float', value };
  }
  if (!/^[-+0-9]/.test(text)) return { kind: 'string', value: text };
  const digits = text.replaceAll('_', '');
  const int = parseInteger(digits);
  if (int !== undefined) return { kind: 'int', value: int };
  const value = parseFloat64(digits);
  return value === undefined ? { kind: 'string', value: text } : { kind: 'float', value };
};

const prefix = 'tag:yaml.org,2002:';
const kindsOfTag: Record<string, YamlScalar['kind']> = { bool: 'boolean', int: 'int', float: 'float', null: 'null' };

/**
 * Resolves a scalar with an explicit tag; undefined when the text cannot be what the tag says.
 * Tags that YAML's core does not know leave a string.
 */
export const resolveTagged = (tag: string, text: string): YamlScalar | undefined => {
  const name = tag.startsWith(prefix) ? tag.slice(prefix.length) : tag;
  if (name === 'binary') {
    const bytes = Buffer.from(text, 'base64');
    const canonical = text.replace(/[\r\n]/g, '');
    return bytes.toString('base64') === canonical ? { kind: 'string', value: bytes.toString('utf8') } : undefined;
  }
  const wanted = kindsOfTag[name];
  if (wanted === undefined) return { kind: 'string', value: text };
  const found = resolvePlain(text);
  if (wanted === 'float' && found.kind === 'int' && found.value < 2n ** 63n)
    return { kind: 'float', value: Number(found.value) };
  return found.kind === wanted ? found : undefined;
};

/** The key of a JSON object that sigs.k8s.io/yaml makes of a scalar; undefined where it refuses one (null, beyond int64). */
export const keyOf = (scalar: YamlScalar): string | undefined => {
  switch (scalar.kind) {
    case 'string':
      return scalar.value;
    case 'boolean':
      return String(scalar.value);
    case 'int':
      return scalar.value < 2n ** 63n ? String(scalar.value) : undefined;
    case 'float':
      return formatFloatKey(scalar.value);
    case 'null':
      return undefined;
  }
};

/** Go's `strconv.FormatFloat(f, 'g', -1, 32)`: the shortest digits that read back as the same float32. */
const formatFloatKey = (value: number): string => {
  if (Number.isNaN(value)) return '.nan';
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single < 0 ? '-.inf' : '.inf';
  let digits = 1;
  while (digits < 9 && Math.fround(Number(single.toPrecision(digits))) !== single) digits += 1;
  const [mantissa = '', exponent = ''] = single.toExponential(digits - 1).split('e');
  const power = Number(exponent);
  if (Object.is(single, -0)) return '-0';
  if (power >= -4 && power < 6) return single.toFixed(Math.max(0, digits - 1 - power));
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
};
