import { labelValue, qualifiedName } from '../../../kubernetes/formats.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';

const effects = ['NoExecute', 'NoSchedule', 'PreferNoSchedule'];
/** Lt and Gt are known, but behind a feature gate that is off. */
const operators = ['Equal', 'Exists'];

export const checkTolerations = (tolerations: readonly Draft<'Toleration'>[], at: Field, issues: Issues): void => {
  for (const [i, { key, operator = '', value = '', effect, tolerationSeconds }] of tolerations.entries()) {
    const here = at.index(i);
    if (key) issues.form(here.child('key'), key, qualifiedName);
    else if (operator !== 'Exists')
      issues.invalid(here.child('operator'), operator, 'must be Exists where there is no key');
    if (tolerationSeconds !== undefined && effect !== 'NoExecute')
      issues.invalid(here.child('effect'), effect ?? '', 'must be NoExecute with tolerationSeconds');
    // Kubernetes lays a bad value at the operator's door.
    if (operator === '' || operator === 'Equal') issues.form(here.child('operator'), value, labelValue);
    else if (!operators.includes(operator)) issues.notOneOf(here.child('operator'), operator, operators);
    else if (value !== '') issues.invalid(here.child('operator'), value, 'cannot be given with the operator Exists');
    if (effect && !effects.includes(effect)) issues.notOneOf(here.child('effect'), effect, effects);
  }
};
