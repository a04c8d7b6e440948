import { labelValue, qualifiedName } from '../../../kubernetes/formats.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';

/** Kubernetes reports the faults of labels on the whole map. */
export const checkLabels = (labels: Readonly<Record<string, string>>, at: Field, issues: Issues): void => {
  for (const [key, value] of Object.entries(labels)) {
    issues.form(at, key, qualifiedName);
    issues.form(at, value, labelValue);
  }
};

const needsValues = ['In', 'NotIn'];
const hasNone = ['Exists', 'DoesNotExist'];

export const checkLabelSelector = (selector: Draft<'LabelSelector'>, at: Field, issues: Issues): void => {
  checkLabels(selector.matchLabels ?? {}, at.child('matchLabels'), issues);
  for (const [i, { key = '', operator = '', values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const here = at.child('matchExpressions').index(i);
    if (needsValues.includes(operator)) {
      if (values.length === 0) issues.required(here.child('values'), `must be given with ${operator}`);
    } else if (hasNone.includes(operator)) {
      if (values.length > 0) issues.forbidden(here.child('values'), `cannot be given with ${operator}`);
    } else issues.notOneOf(here.child('operator'), operator, [...needsValues, ...hasNone]);
    issues.form(here.child('key'), key, qualifiedName);
    for (const [j, value] of values.entries()) issues.form(here.child('values').index(j), value, labelValue);
  }
};
