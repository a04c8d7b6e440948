/** One object of the cluster, and the collection that it is made in. */
export interface ClusterObject {
  readonly collection: string;
  readonly body: object;
}

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';
const BOOTSTRAPPERS = 'system:bootstrappers:kubeadm:default-node-token';
const CSR = 'system:certificates.k8s.io:certificatesigningrequests';

const bound = (name: string, role: string, kind: 'Group' | 'User', subject: string): ClusterObject => ({
  collection: `${RBAC}/clusterrolebindings`,
  body: {
    metadata: { name },
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup, kind, name: subject }],
  },
});

/** What `kubeadm init` makes in its phase bootstrap-token, by the same names (cmd/kubeadm/app/phases/bootstraptoken). */
export const kubeadmObjects = (clusterInfo: string): readonly ClusterObject[] => [
  bound('kubeadm:cluster-admins', 'cluster-admin', 'Group', 'kubeadm:cluster-admins'),
  bound('kubeadm:kubelet-bootstrap', 'system:node-bootstrapper', 'Group', BOOTSTRAPPERS),
  {
    collection: `${RBAC}/clusterroles`,
    body: {
      metadata: { name: 'kubeadm:get-nodes' },
      rules: [{ verbs: ['get'], apiGroups: [''], resources: ['nodes'] }],
    },
  },
  bound('kubeadm:get-nodes', 'kubeadm:get-nodes', 'Group', BOOTSTRAPPERS),
  bound('kubeadm:node-autoapprove-bootstrap', `${CSR}:nodeclient`, 'Group', BOOTSTRAPPERS),
  bound('kubeadm:node-autoapprove-certificate-rotation', `${CSR}:selfnodeclient`, 'Group', 'system:nodes'),
  bound('kubeadm:apiserver-kubelet-client', 'system:kubelet-api-admin', 'User', 'kube-apiserver-kubelet-client'),
  {
    collection: '/api/v1/namespaces/kube-public/configmaps',
    body: { metadata: { name: 'cluster-info' }, data: { kubeconfig: clusterInfo } },
  },
  {
    collection: `${RBAC}/namespaces/kube-public/roles`,
    body: {
      metadata: { name: 'kubeadm:bootstrap-signer-clusterinfo' },
      rules: [{ verbs: ['get'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['cluster-info'] }],
    },
  },
  {
    collection: `${RBAC}/namespaces/kube-public/rolebindings`,
    body: {
      metadata: { name: 'kubeadm:bootstrap-signer-clusterinfo' },
      roleRef: { apiGroup, kind: 'Role', name: 'kubeadm:bootstrap-signer-clusterinfo' },
      subjects: [{ apiGroup, kind: 'User', name: 'system:anonymous' }],
    },
  },
];

/** As client-go writes the kubeconfig of cluster-info. */
export const clusterInfoKubeconfig = (server: string, caPem: string): string => `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${Buffer.from(caPem).toString('base64')}
    server: ${server}
  name: ""
contexts: null
current-context: ""
kind: Config
users: null
`;
