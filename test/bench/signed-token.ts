import type { ConfigMap } from 'kubernetes-types/core/v1.d.ts';
import type { Cluster } from '../lab/cluster.ts';
import { until } from '../lab/until.ts';

/** A new bootstrap token, by the time that the cluster has signed cluster-info with it. */
export const signedToken = async (cluster: Cluster): Promise<string> => {
  const { id, text } = await cluster.token();
  const isSigned = async () => {
    const { body } = await cluster.call('GET', '/api/v1/namespaces/kube-public/configmaps/cluster-info');
    return (body as ConfigMap).data?.[`jws-kubeconfig-${id}`] !== undefined;
  };
  await until(isSigned, { what: 'cluster-info is signed with the token' });
  return text;
};
