/** Values by placeholder, such as `@OUT@`; what is not known yet stays as it is. */
export type Placeholders = Readonly<Record<string, string | undefined>>;

const inText = (text: string, values: Placeholders): string =>
  text.replaceAll(/@[A-Z]+@/g, (placeholder) => values[placeholder] ?? placeholder);

const inPattern = (pattern: string, values: Placeholders): string =>
  inText(
    pattern,
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value && RegExp.escape(value)])),
  );

/** Fills the placeholders in every text and key within `value`; within a regular expression they stand for themselves. */
export function fill<T>(value: T, values: Placeholders): T;
export function fill(value: unknown, values: Placeholders): unknown {
  if (typeof value === 'string') return inText(value, values);
  if (Array.isArray(value)) return value.map((item) => fill(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      inText(key, values),
      key === 'matches' && typeof item === 'string' ? inPattern(item, values) : fill(item, values),
    ]),
  );
}
