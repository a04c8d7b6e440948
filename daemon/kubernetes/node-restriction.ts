/** Kubernetes' own labels that a node may set (k8s.io/kubelet, pkg/apis/well_known_labels.go). */
const ownLabels: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
]);

const ownDomains = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const kubernetesDomains = ['kubernetes.io', 'k8s.io'];
const administratorsDomain = 'node-restriction.kubernetes.io';

const isIn = (domain: string, parent: string): boolean => domain === parent || domain.endsWith(`.${parent}`);

/** Whether the admission plugin NodeRestriction keeps a node from setting a label of its own Node (getForbiddenLabels). */
export const isRestrictedLabel = (key: string): boolean => {
  const slash = key.indexOf('/');
  const domain = slash < 0 ? '' : key.slice(0, slash);
  if (isIn(domain, administratorsDomain)) return true;
  const isKubernetes = kubernetesDomains.some((parent) => isIn(domain, parent));
  return isKubernetes && !ownLabels.has(key) && !ownDomains.some((parent) => isIn(domain, parent));
};
