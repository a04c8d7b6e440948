import { dnsLabel, dnsSubdomain, labelValue, qualifiedName } from '../../../kubernetes/formats.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';
import { checkLabelSelector } from './selectors.ts';

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];
const spreadActions = ['DoNotSchedule', 'ScheduleAnyway'];
const inclusionPolicies = ['Honor', 'Ignore'];

export const checkAffinity = (affinity: Draft<'Affinity'>, at: Field, issues: Issues): void => {
  if (affinity.nodeAffinity) checkNodeAffinity(affinity.nodeAffinity, at.child('nodeAffinity'), issues);
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    for (const [i, term] of (affinity[kind]?.[required] ?? []).entries())
      checkPodTerm(term, at.child(kind, required).index(i), issues);
    for (const [i, { weight, podAffinityTerm = {} }] of (affinity[kind]?.[preferred] ?? []).entries()) {
      const here = at.child(kind, preferred).index(i);
      checkWeight(weight, here, issues);
      checkPodTerm(podAffinityTerm, here.child('podAffinityTerm'), issues);
    }
  }
};

const checkWeight = (weight: number | undefined, at: Field, issues: Issues): void => {
  if (weight === undefined || weight < 1 || weight > 100)
    issues.invalid(at.child('weight'), weight ?? 0, 'must be between 1 and 100');
};

const checkNodeAffinity = (affinity: Draft<'NodeAffinity'>, at: Field, issues: Issues): void => {
  const must = affinity[required];
  const terms = at.child(required, 'nodeSelectorTerms');
  if (must && !must.nodeSelectorTerms?.length) issues.required(terms, 'needs at least one term');
  for (const [i, term] of (must?.nodeSelectorTerms ?? []).entries()) checkNodeTerm(term, true, terms.index(i), issues);
  for (const [i, { weight, preference = {} }] of (affinity[preferred] ?? []).entries()) {
    const here = at.child(preferred).index(i);
    checkWeight(weight, here, issues);
    checkNodeTerm(preference, false, here.child('preference'), issues);
  }
};

/** Of a preference, values that no label can have are let pass. */
const checkNodeTerm = (term: Draft<'NodeSelectorTerm'>, strictValues: boolean, at: Field, issues: Issues): void => {
  for (const [i, { key = '', operator = '', values = [] }] of (term.matchExpressions ?? []).entries()) {
    const here = at.child('matchExpressions').index(i);
    checkOperator(operator, values.length, here, issues);
    issues.form(here.child('key'), key, qualifiedName);
    if (!strictValues) continue;
    for (const [j, value] of values.entries()) issues.form(here.child('values').index(j), value, labelValue);
  }
  for (const [i, { key, operator = '', values = [] }] of (term.matchFields ?? []).entries()) {
    const here = at.child('matchFields').index(i);
    if (operator !== 'In' && operator !== 'NotIn') issues.notOneOf(here.child('operator'), operator, ['In', 'NotIn']);
    else if (values.length !== 1) issues.required(here.child('values'), 'must be exactly one value');
    if (key !== 'metadata.name') issues.invalid(here.child('key'), key ?? '', 'must be metadata.name');
    else for (const [j, value] of values.entries()) issues.form(here.child('values').index(j), value, dnsSubdomain);
  }
};

const checkOperator = (operator: string, values: number, at: Field, issues: Issues): void => {
  if (!operators.includes(operator)) issues.notOneOf(at.child('operator'), operator, operators);
  if ((operator === 'In' || operator === 'NotIn') && values === 0)
    issues.required(at.child('values'), `must be given with ${operator}`);
  if ((operator === 'Exists' || operator === 'DoesNotExist') && values > 0)
    issues.forbidden(at.child('values'), `cannot be given with ${operator}`);
  if ((operator === 'Gt' || operator === 'Lt') && values !== 1)
    issues.required(at.child('values'), `must be exactly one with ${operator}`);
};

const checkPodTerm = (term: Draft<'PodAffinityTerm'>, at: Field, issues: Issues): void => {
  const {
    labelSelector,
    namespaceSelector,
    namespaces = [],
    topologyKey = '',
    matchLabelKeys = [],
    mismatchLabelKeys = [],
  } = term;
  if (labelSelector) checkLabelSelector(labelSelector, at.child('labelSelector'), issues);
  if (namespaceSelector) checkLabelSelector(namespaceSelector, at.child('namespaceSelector'), issues);
  for (const name of namespaces) issues.form(at.child('namespace'), name, dnsLabel);
  checkMatchKeys(matchLabelKeys, mismatchLabelKeys, labelSelector, at, issues);
  if (topologyKey === '') issues.required(at.child('topologyKey'));
  else issues.form(at.child('topologyKey'), topologyKey, qualifiedName);
};

/** Keys whose values come from the pod itself: only with a selector, which may not have the key too. */
const checkMatchKeys = (
  match: readonly string[],
  mismatch: readonly string[],
  selector: Draft<'LabelSelector'> | undefined,
  at: Field,
  issues: Issues,
): void => {
  for (const [name, keys] of [
    ['matchLabelKeys', match],
    ['mismatchLabelKeys', mismatch],
  ] as const) {
    if (keys.length > 0 && !selector) issues.forbidden(at.child(name), 'needs labelSelector');
    else for (const [i, key] of keys.entries()) issues.form(at.child(name).index(i), key, qualifiedName);
  }
  const selected = new Set(Object.keys(selector?.matchLabels ?? {}));
  for (const { key = '' } of selector?.matchExpressions ?? []) {
    if (match.includes(key) && selected.has(key))
      issues.invalid(at.index(match.lastIndexOf(key)), key, 'is in labelSelector too');
    selected.add(key);
  }
  for (const [i, key] of match.entries())
    if (mismatch.includes(key)) issues.invalid(at.child('matchLabelKeys').index(i), key, 'is in mismatchLabelKeys too');
};

export const checkTopologySpread = (
  constraints: readonly Draft<'TopologySpreadConstraint'>[],
  at: Field,
  issues: Issues,
): void => {
  const kinds = constraints.map(
    ({ topologyKey = '', whenUnsatisfiable = '' }) => `${topologyKey}, ${whenUnsatisfiable}`,
  );
  const lastOfKind = new Map(kinds.map((kind, i) => [kind, i]));
  for (const [i, constraint] of constraints.entries()) {
    const here = at.index(i);
    const {
      maxSkew = 0,
      topologyKey = '',
      whenUnsatisfiable = '',
      minDomains,
      labelSelector,
      matchLabelKeys = [],
    } = constraint;
    if (maxSkew < 1) issues.invalid(here.child('maxSkew'), maxSkew, 'must be more than 0');
    if (topologyKey === '') issues.required(here.child('topologyKey'));
    if (!spreadActions.includes(whenUnsatisfiable))
      issues.notOneOf(here.child('whenUnsatisfiable'), whenUnsatisfiable, spreadActions);
    const kind = `${topologyKey}, ${whenUnsatisfiable}`;
    if ((lastOfKind.get(kind) ?? i) > i) issues.duplicate(here.child('{topologyKey, whenUnsatisfiable}'), kind);
    if (minDomains !== undefined && minDomains < 1)
      issues.invalid(here.child('minDomains'), minDomains, 'must be more than 0');
    if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule')
      issues.invalid(here.child('minDomains'), minDomains, 'needs whenUnsatisfiable: DoNotSchedule');
    for (const name of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      const policy = constraint[name];
      if (policy !== undefined && !inclusionPolicies.includes(policy))
        issues.notOneOf(here.child(name), policy, inclusionPolicies);
    }
    checkMatchKeys(matchLabelKeys, [], labelSelector, here, issues);
    if (labelSelector) checkLabelSelector(labelSelector, here.child('labelSelector'), issues);
  }
};
