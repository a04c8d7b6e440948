import type { Json } from '../host/json-value.ts';
import { didYouMean } from './closest.ts';
import type { Place, Tree } from './tree.ts';

export type Report = (at: Place, field: string, message: string) => void;

/** A setting: what it is when nobody sets it, and how it is read. */
export interface Field<T> {
  readonly fallback: T;
  /** Reports what is wrong and goes on with the fallback, so that one pass finds everything. */
  read(tree: Tree, path: string, report: Report): T;
}

export type ValueOf<F> = F extends Field<infer T> ? T : never;

type Fields = Readonly<Record<string, Field<unknown>>>;
type Values<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

const show = (tree: Tree): string => (tree.kind === 'scalar' ? JSON.stringify(tree.value) : `a ${tree.kind}`);

/** A setting written as one scalar. `parse` returns undefined for what is not `what`. */
const scalar = <T>(
  fallback: T,
  what: string,
  parse: (value: string | number | boolean) => T | undefined,
): Field<T> => ({
  fallback,
  read(tree, path, report) {
    const value = tree.kind === 'scalar' && tree.value !== null ? parse(tree.value) : undefined;
    if (value !== undefined) return value;
    report(tree.at, path, `must be ${what}, not ${show(tree)}`);
    return fallback;
  },
});

export const flag = (fallback: boolean): Field<boolean> =>
  scalar(fallback, 'true or false', (v) => (typeof v === 'boolean' ? v : undefined));

/** A whole number between two limits, both included. */
export const count = (fallback: number, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}): Field<number> => {
  const what =
    max === Number.MAX_SAFE_INTEGER ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`;
  return scalar(fallback, what, (v) =>
    Number.isSafeInteger(v) && Number(v) >= min && Number(v) <= max ? Number(v) : undefined,
  );
};

/** Any text, or what a check accepts. */
export const text = (
  fallback: string,
  what = 'text',
  accepts: (value: string) => boolean = () => true,
): Field<string> => scalar(fallback, what, (v) => (typeof v === 'string' && accepts(v) ? v : undefined));

/** Text that people may write as a number. */
export const digits = (
  fallback: string,
  what = 'text or a number',
  accepts: (value: string) => boolean = () => true,
): Field<string> =>
  scalar(fallback, what, (v) => (typeof v !== 'boolean' && accepts(String(v)) ? String(v) : undefined));

/** Whatever it is: somebody else says what it means. */
export const anything: Field<Json> = {
  fallback: null,
  read(tree, path, report) {
    if (tree.kind === 'scalar') return tree.value;
    return tree.kind === 'list' ? list(anything).read(tree, path, report) : map(anything).read(tree, path, report);
  },
};

/** Text that may also be left empty, which stands for a default made elsewhere. */
export const textOrEmpty = (what: string, accepts: (value: string) => boolean): Field<string> =>
  text('', what, (v) => v === '' || accepts(v));

export const oneOf = <const T extends string>(fallback: NoInfer<T>, ...words: readonly T[]): Field<T> => ({
  fallback,
  read(tree, path, report) {
    const word = words.find((w) => tree.kind === 'scalar' && tree.value === w);
    if (word !== undefined) return word;
    const hint = tree.kind === 'scalar' ? didYouMean(String(tree.value), words) : '';
    report(tree.at, path, `must be ${words.join(' or ')}, not ${show(tree)}${hint}`);
    return fallback;
  },
});

export const list = <T>(item: Field<T>, fallback: readonly T[] = []): Field<readonly T[]> => ({
  fallback,
  read(tree, path, report) {
    if (tree.kind === 'list') return tree.items.map((node, i) => item.read(node, `${path}[${i}]`, report));
    report(tree.at, path, `must be a list, not ${show(tree)}`);
    return fallback;
  },
});

/** Names of the user's own choice, or of a list, each of which may be left out. */
export const map = <T>(
  item: Field<T>,
  fallback: Readonly<Record<string, T>> = {},
  names?: readonly string[],
): Field<Readonly<Record<string, T>>> => ({
  fallback,
  read(tree, path, report) {
    if (tree.kind !== 'map') {
      report(tree.at, path, `must be a map, not ${show(tree)}`);
      return fallback;
    }
    for (const [key, { at }] of tree.entries) {
      if (names?.includes(key) === false) report(at, `${path}.${key}`, `unknown key${didYouMean(key, names)}`);
    }
    return Object.fromEntries(
      [...tree.entries].map(([key, { value }]) => [key, item.read(value, `${path}.${key}`, report)]),
    );
  },
});

/** The first that is meant: lists go to the one, everything else to the other. */
export const listOr = <A, B>(lists: Field<A>, other: Field<B>): Field<A | B> => ({
  fallback: other.fallback,
  read: (tree, path, report) => (tree.kind === 'list' ? lists : other).read(tree, path, report),
});

/** A group of settings. Keys that it does not have are faults; a key without a value is as good as absent. */
export const section = <const F extends Fields>(fields: F): Field<Values<F>> => {
  const build = (make: (key: string, field: Field<unknown>) => unknown): Values<F> =>
    Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, make(key, field)])) as Values<F>;
  const fallback = build((_, field) => field.fallback);
  return {
    fallback,
    read(tree, path, report) {
      if (tree.kind !== 'map') {
        report(tree.at, path, `must be a map, not ${show(tree)}`);
        return fallback;
      }
      const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
      for (const [key, { at }] of tree.entries) {
        if (!Object.hasOwn(fields, key)) report(at, below(key), `unknown key${didYouMean(key, Object.keys(fields))}`);
      }
      return build((key, field) => {
        const value = tree.entries.get(key)?.value;
        const isAbsent = value === undefined || (value.kind === 'scalar' && value.value === null);
        return isAbsent ? field.fallback : field.read(value, below(key), report);
      });
    },
  };
};

/** A setting whose parts must go together: `fault` says what is wrong between them. */
export const checked = <T>(field: Field<T>, fault: (value: T) => string | undefined): Field<T> => ({
  fallback: field.fallback,
  read(tree, path, report) {
    const value = field.read(tree, path, report);
    const message = fault(value);
    if (message !== undefined) report(tree.at, path, message);
    return value;
  },
});
