import { labelValue, qualifiedName } from '../kubernetes/formats.ts';
import { isRestrictedLabel } from '../kubernetes/node-restriction.ts';
import { hasCluster } from './cluster.ts';
import { type ConfigIssue, issueAt } from './issue.ts';
import type { Config } from './schema.ts';
import { placeOf, type Tree } from './tree.ts';

interface Fault {
  readonly path: readonly string[];
  readonly field: string;
  readonly message: string;
}

const labels = ({ node, nodeName }: Config): readonly Fault[] =>
  Object.entries(node.labels).flatMap(([key, value]) => {
    const administrators = `is a label that the apiserver lets no node set of itself (NodeRestriction); an administrator does: kubectl label node ${nodeName || 'NAME'} ${key}=${value}`;
    const ofKey = qualifiedName(key) ?? (isRestrictedLabel(key) ? administrators : undefined);
    const ofValue = labelValue(value);
    const message = ofKey ?? (ofValue && `the value ${ofValue}`);
    return message === undefined ? [] : [{ path: ['labels', key], field: `labels.${key}`, message }];
  });

/** As the apiserver's validateNodeTaints. */
const taints = ({ node }: Config): readonly Fault[] =>
  node.taints.flatMap(({ key, value, effect }, index) => {
    const at = (part: string, message: string | undefined): readonly Fault[] =>
      message === undefined
        ? []
        : [{ path: ['taints', String(index), part], field: `taints[${index}].${part}`, message }];
    const first = node.taints.findIndex((other) => other.key === key && other.effect === effect);
    const again = first === index ? undefined : `is that of taints[${first}] again, with the same effect`;
    return [...at('key', qualifiedName(key) ?? again), ...at('value', labelValue(value))];
  });

/** As cloud providers write it (NodeSpec.providerID). */
const providerID = ({ node }: Config): readonly Fault[] =>
  node.providerID === '' || /^[^\s:/]+:\/\/\S+$/.test(node.providerID)
    ? []
    : [{ path: ['providerID'], field: 'providerID', message: 'must be like PROVIDER://ID' }];

/** Its name is the value of a label of the Node (kubernetes.io/hostname). */
const nameAsLabel = ({ cluster, nodeName }: Config, tree: Tree): readonly ConfigIssue[] => {
  const fault = hasCluster(cluster) ? labelValue(nodeName) : undefined;
  return fault === undefined
    ? []
    : [issueAt(placeOf(tree, ['nodeName']), 'nodeName', `as the label kubernetes.io/hostname of the Node ${fault}`)];
};

/** What is wrong with the Node that the configuration asks for: what no apiserver would take. */
export const nodeInconsistencies = (config: Config, tree: Tree): readonly ConfigIssue[] => [
  ...nameAsLabel(config, tree),
  ...[...labels(config), ...taints(config), ...providerID(config)].map(({ path, field, message }) =>
    issueAt(placeOf(tree, ['node', ...path]), `node.${field}`, message),
  ),
];
