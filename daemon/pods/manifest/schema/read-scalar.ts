import { parseQuantity } from '../../../kubernetes/quantity.ts';
import type { Node } from '../decode/tree.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';

const integerBits: Readonly<Record<string, bigint>> = { int32: 31n, int64: 63n };

/** Decodes a value of a scalar type of pod-types.ts as Go does; reports it and returns undefined if it is not one. */
export const readScalar = (node: Node, type: string, field: Field, issues: Issues): unknown => {
  switch (type) {
    case 'string':
      return node.kind === 'string' ? node.value : issues.wrongType(field, 'a string', node);
    case 'boolean':
      return node.kind === 'boolean' ? node.value : issues.wrongType(field, 'true or false', node);
    case 'int32':
    case 'int64':
      return readInteger(node, type, field, issues);
    case 'IntOrString':
      return node.kind === 'string' ? node.value : readInteger(node, 'int32', field, issues);
    case 'Quantity':
      return readQuantity(node, field, issues);
    case 'Time':
      return readTime(node, field, issues);
    default:
      // FieldsV1 and its like: any JSON. Nothing in bootlet reads it.
      return {};
  }
};

/** What Go leaves in a field, list or map for null: nothing, but the zero value where one has to be. */
export const zeroOf = (type: string): unknown => (type === 'IntOrString' ? 0 : undefined);

/** The zero value of an element that is null, in a list or a map. */
export const zeroElement = (type: string): unknown => {
  if (type === 'string') return '';
  if (type === 'Quantity') return '0';
  return type === 'boolean' ? false : 0;
};

/** Whole numbers only, and written as such: `1.0` in JSON is none, though `1.0` in YAML reaches JSON as `1`. */
const readInteger = (node: Node, type: string, field: Field, issues: Issues): number | undefined => {
  if (node.kind !== 'number' || !/^-?\d+$/.test(node.text)) return issues.wrongType(field, 'a whole number', node);
  const limit = 2n ** (integerBits[type] ?? 63n);
  // No longer number fits, and to read one of megabytes takes seconds.
  const value = node.text.length > 20 ? limit : BigInt(node.text);
  if (value >= limit || value < -limit) return issues.wrongType(field, `a whole number of ${type.slice(3)} bits`, node);
  return Number(value);
};

/** Go trims white space off the JSON text of a quantity, where escapes still are escapes: `"1\n"` is none. */
const quantityPadding =
  /^[ \u0085\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+|[ \u0085\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+$/g;

const maxQuantityText = 1000;

const readQuantity = (node: Node, field: Field, issues: Issues): string | undefined => {
  const isText = node.kind === 'string' && node.escaped !== true && node.value.length <= maxQuantityText;
  const text = isText ? node.value.replace(quantityPadding, '') : node.kind === 'number' ? node.text : undefined;
  if (text === undefined) return issues.wrongType(field, "a quantity such as '100m' or '64Mi'", node);
  const parsed = parseQuantity(text);
  if (parsed !== undefined) return text;
  return issues.wrongType(field, "a quantity such as '100m' or '64Mi'", node);
};

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d{1,2}):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|[+-](\d\d):(\d\d))$/;

/** Go's time.Parse(time.RFC3339). */
const readTime = (node: Node, field: Field, issues: Issues): string | undefined => {
  if (node.kind !== 'string') return issues.wrongType(field, 'a time such as 2026-01-02T03:04:05Z', node);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zoneHour = 0, zoneMinute = 0] =
    rfc3339
      .exec(node.value)
      ?.slice(1)
      .map((part) => Number(part ?? 0)) ?? [];
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const valid = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth && hour < 24 && minute < 60 && second < 60;
  if (valid && zoneHour <= 24 && zoneMinute <= 60) return node.value;
  return issues.wrongType(field, 'a time such as 2026-01-02T03:04:05Z', node);
};
