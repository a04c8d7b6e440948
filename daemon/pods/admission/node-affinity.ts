import type { Pod } from '../v1.ts';
import type { AdmittingNode } from './node.ts';

type Labels = Readonly<Record<string, string>>;
type Affinity = NonNullable<NonNullable<Pod['spec']['affinity']>['nodeAffinity']>;
type Term = NonNullable<Affinity['requiredDuringSchedulingIgnoredDuringExecution']>['nodeSelectorTerms'][number];
type Requirement = NonNullable<Term['matchExpressions']>[number];

/**
 * Whether nodeSelector and the required node affinity are met (k8s.io/component-helpers,
 * scheduling/corev1/nodeaffinity): of the affinity's terms one must match, in it every requirement.
 */
export const matchesNode = ({ spec }: Pod, { name, labels }: Pick<AdmittingNode, 'name' | 'labels'>): boolean => {
  const selected = Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labelOf(labels, key) === value);
  const must = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return selected && (must === undefined || must.nodeSelectorTerms.some((term) => matchesTerm(term, name, labels)));
};

/** A term that asks for nothing matches no node. */
const matchesTerm = ({ matchExpressions = [], matchFields = [] }: Term, name: string, labels: Labels): boolean =>
  matchExpressions.length + matchFields.length > 0 &&
  matchExpressions.every((requirement) => meets(requirement, labels)) &&
  matchFields.every((requirement) => meets(requirement, { 'metadata.name': name }));

const meets = ({ key, operator, values = [] }: Requirement, labels: Labels): boolean => {
  const label = labelOf(labels, key);
  switch (operator) {
    case 'In':
      return label !== undefined && values.includes(label);
    case 'NotIn':
      return label === undefined || !values.includes(label);
    case 'Exists':
      return label !== undefined;
    case 'DoesNotExist':
      return label === undefined;
    case 'Gt':
      return compare(label, values, (a, b) => a > b);
    case 'Lt':
      return compare(label, values, (a, b) => a < b);
    default:
      return false;
  }
};

const labelOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

/** What is no whole number of 64 bits compares with nothing. */
const compare = (
  label: string | undefined,
  [value]: readonly string[],
  holds: (a: bigint, b: bigint) => boolean,
): boolean => {
  const [left, right] = [int64(label), int64(value)];
  return left !== undefined && right !== undefined && holds(left, right);
};

const int64 = (text: string | undefined): bigint | undefined => {
  if (text === undefined || !/^[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
};
