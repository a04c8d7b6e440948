import { isDeepStrictEqual } from 'node:util';
import { isMap } from '../host/json-value.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Lists that are merged, by their names, and by which field of their elements (`patchMergeKey` of the API). All others are replaced. */
export type MergeKeys = Readonly<Record<string, string>>;

/**
 * The strategic merge patch that makes `before` to `after` (apimachinery CreateTwoWayMergePatch); undefined when they are
 * the same. Zero values that Kubernetes leaves out are as if they were not there, but for a new and empty object in a field
 * of `before` itself, or of what is merged into it: that says something too (`resources: {}`, that nothing is asked for).
 * Within what is the same otherwise it makes no patch: the API drops empty maps, which would be told for ever.
 */
export const strategicMerge = (before: Fields, after: Fields, keys: MergeKeys): Fields | undefined => {
  const patch: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, wanted] = [significant(before[name]), significant(after[name])];
    if (before[name] === undefined && isEmpty(after[name])) patch[name] = {};
    if (isDeepStrictEqual(old, wanted)) continue;
    const key = keys[name];
    if (wanted === undefined) patch[name] = null;
    else if (isMap(old) && isMap(wanted)) patch[name] = strategicMerge(old, wanted, keys);
    else if (key !== undefined && Array.isArray(old) && Array.isArray(wanted))
      Object.assign(patch, listMerge(name, key, old.filter(isMap), wanted.filter(isMap), keys));
    else patch[name] = after[name];
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
};

const isEmpty = (value: unknown): boolean => isMap(value) && Object.keys(value).length === 0;

const listMerge = (
  name: string,
  key: string,
  before: readonly Fields[],
  after: readonly Fields[],
  keys: MergeKeys,
): Fields => {
  const named = (list: readonly Fields[], id: unknown) => list.find((element) => element[key] === id);
  const changed = after.flatMap((element) => {
    const change = strategicMerge(named(before, element[key]) ?? {}, element, keys);
    return change === undefined ? [] : [{ ...change, [key]: element[key] }];
  });
  const gone = before.flatMap((element) =>
    named(after, element[key]) === undefined ? [{ [key]: element[key], $patch: 'delete' }] : [],
  );
  return {
    [`$setElementOrder/${name}`]: after.map((element) => ({ [key]: element[key] })),
    ...(changed.length + gone.length === 0 ? {} : { [name]: [...changed, ...gone] }),
  };
};

/** Without what is empty, which Kubernetes mostly does not write: whether it does differs from field to field. */
const significant = (value: unknown): unknown => {
  if (value === null || value === '') return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((one) => significant(one));
  if (!isMap(value)) return value;
  const fields = Object.entries(value).flatMap(([name, field]) => {
    const kept = significant(field);
    return kept === undefined ? [] : [[name, kept] as const];
  });
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
};
