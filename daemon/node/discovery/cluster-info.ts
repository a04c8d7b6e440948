import { BootletError } from '../../errors.ts';
import { isMap } from '../../host/json-value.ts';
import { away } from '../apiserver/fault.ts';
import { jsonOf } from '../apiserver/json.ts';
import type { Reply } from './ask.ts';

/** The ConfigMap by which a cluster tells strangers of itself. */
export const CLUSTER_INFO = '/api/v1/namespaces/kube-public/configmaps/cluster-info';
const SIGNATURE = 'jws-kubeconfig-';

export interface ClusterInfo {
  /** The text that is signed, byte for byte. */
  readonly kubeconfig: string;
  /** Detached signatures, by the id of the token that each was made with. */
  readonly signatures: ReadonlyMap<string, string>;
}

const GIVEN = 'Give the cluster by cluster.caFile or cluster.discovery.file instead.';

const HINTS: Readonly<Record<number, string>> = {
  401: `The apiserver knows no anonymous users (--anonymous-auth=false). ${GIVEN}`,
  403: `The Role and RoleBinding kubeadm:bootstrap-signer-clusterinfo are missing in kube-public: \`kubeadm init phase bootstrap-token\` makes them. ${GIVEN}`,
  404: `\`kubeadm init phase bootstrap-token\` makes it. ${GIVEN}`,
};

/**
 * @param server names who answered
 * @throws BootletError E_CLUSTER_INFO; E_APISERVER_UNAVAILABLE when it answers that it cannot
 */
export const clusterInfoOf = ({ status, bytes }: Reply, server: string): ClusterInfo => {
  const hint = HINTS[status];
  if (status === 429 || status >= 500) throw away(server, `it has ${status} for who asks for cluster-info`);
  if (hint !== undefined)
    throw new BootletError(
      'E_CLUSTER_INFO',
      `${server} has no kube-public/cluster-info to show: it answers ${status}`,
      {
        hint,
        retryable: false,
      },
    );
  const body = status === 200 ? jsonOf(bytes) : undefined;
  if (!isMap(body) || body['kind'] !== 'ConfigMap')
    throw new BootletError('E_APISERVER_ANSWER', `${server} answers ${status}, but not as an apiserver`, {
      hint: 'A proxy, a balancer or another service may have the address: `curl -k` on it shows what answers.',
    });
  const data = isMap(body['data']) ? body['data'] : {};
  const { kubeconfig } = data;
  if (typeof kubeconfig !== 'string' || kubeconfig === '')
    throw new BootletError('E_CLUSTER_INFO', `cluster-info of ${server} holds no kubeconfig`, {
      hint: `\`kubeadm init phase bootstrap-token\` writes it. ${GIVEN}`,
      retryable: false,
    });
  const signatures = Object.entries(data).flatMap(([key, value]) =>
    key.startsWith(SIGNATURE) && typeof value === 'string' ? [[key.slice(SIGNATURE.length), value] as const] : [],
  );
  return { kubeconfig, signatures: new Map(signatures) };
};
