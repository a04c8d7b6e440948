import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';

const policies = ['Always', 'Never', 'OnFailure'];
const actions = ['Restart', 'RestartAllContainers'];
const operators = ['In', 'NotIn'];
const maxRules = 20;
const maxExitCodes = 255;
const resizable = ['cpu', 'memory'];
const resizePolicies = ['NotRequired', 'RestartContainer'];

/** A container's own restart policy and the rules that refine it (KEP-5307). */
export const checkContainerRestart = (container: Draft<'Container'>, at: Field, issues: Issues): void => {
  const { restartPolicy, restartPolicyRules: rules = [] } = container;
  if (restartPolicy === undefined && rules.length > 0)
    issues.required(at.child('restartPolicy'), 'must be given with restartPolicyRules');
  if (restartPolicy !== undefined && !policies.includes(restartPolicy))
    issues.notOneOf(at.child('restartPolicy'), restartPolicy, policies);
  checkRules(rules, at, issues);
};

/** Of an init container without a restart policy, Kubernetes looks no further than that. */
export const checkInitRestart = (container: Draft<'Container'>, at: Field, issues: Issues): void => {
  if (container.restartPolicy !== undefined) checkContainerRestart(container, at, issues);
  else if (container.restartPolicyRules?.length)
    issues.required(at.child('restartPolicy'), 'must be given with restartPolicyRules');
};

const checkRules = (rules: readonly Draft<'ContainerRestartRule'>[], at: Field, issues: Issues): void => {
  const list = at.child('restartPolicyRules');
  if (rules.length > maxRules) issues.invalid(list, rules.length, `rules are too many: at most ${maxRules}`);
  for (const [i, rule] of rules.entries()) {
    const here = list.index(i);
    if (!actions.includes(rule.action ?? '')) issues.notOneOf(here.child('action'), rule.action, actions);
    if (!rule.exitCodes) {
      issues.required(here.child('exitCodes'));
      continue;
    }
    const { operator, values = [] } = rule.exitCodes;
    if (!operators.includes(operator ?? '')) issues.notOneOf(here.child('exitCodes', 'operator'), operator, operators);
    if (values.length > maxExitCodes)
      issues.invalid(
        here.child('exitCodes', 'values'),
        values.length,
        `exit codes are too many: at most ${maxExitCodes}`,
      );
  }
};

/** Kubernetes reports faults of the values on the list, not on the entry. */
export const checkResizePolicy = (
  container: Draft<'Container'>,
  podRestartPolicy: string,
  at: Field,
  issues: Issues,
): void => {
  const seen = new Set<string>();
  for (const [i, { resourceName = '', restartPolicy }] of (container.resizePolicy ?? []).entries()) {
    if (seen.has(resourceName)) issues.duplicate(at.index(i), resourceName);
    seen.add(resourceName);
    issues.choice(at, resourceName, resizable);
    issues.choice(at, restartPolicy, resizePolicies);
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired')
      issues.invalid(at, restartPolicy, 'cannot be in a pod that never restarts its containers');
  }
};
