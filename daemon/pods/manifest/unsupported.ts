import { Field } from './field.ts';
import type { Issues } from './issues.ts';
import type { Draft } from './schema/types.ts';

/**
 * A field that Kubernetes accepts and this version of bootlet does not carry out. `path` is dotted, `*` stands for every
 * entry of a list or map. Without `when` any value that has an effect is refused; with it, the values it says yes to.
 */
export interface UnsupportedField {
  readonly path: string;
  readonly when?: (value: unknown) => boolean;
}

/** Shrinks as features land; nothing else has to be changed for a field to be let through. */
export const unsupportedFields: readonly UnsupportedField[] = [];

/** Whether a value makes a difference to leaving the field out. */
const hasEffect = (value: unknown): boolean => !isEmpty(value);

const isEmpty = (value: unknown): boolean =>
  value === '' ||
  value === false ||
  value === 0 ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** Refuses by name what this version would otherwise ignore in silence. `pod` is as its author wrote it, but for defaults. */
export const reportUnsupported = (pod: Draft<'Pod'>, table: readonly UnsupportedField[], issues: Issues): void => {
  for (const { path, when = hasEffect } of table) {
    forEach(pod, path.split('.'), 0, Field.root, (value, field) => {
      if (when(value))
        issues.add('E_FIELD_UNSUPPORTED', field, 'is valid, but this version of bootlet does not carry it out yet');
    });
  }
};

type Visit = (value: unknown, field: Field) => void;

/** Visits what a path leads to, from its step number `at` on. */
const forEach = (value: unknown, path: readonly string[], at: number, field: Field, visit: Visit): void => {
  const step = path[at];
  if (value === undefined) return;
  if (step === undefined) visit(value, field);
  else if (Array.isArray(value))
    for (const [i, item] of value.entries()) forEach(item, path, at + 1, field.index(i), visit);
  else if (typeof value === 'object' && value !== null && Object.hasOwn(value, step))
    forEach(Reflect.get(value, step), path, at + 1, field.child(step), visit);
};
