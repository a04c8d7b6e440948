import { credentialsType, leaseStateType, sessionType } from '../../node/resources.ts';
import type { Reader } from '../../reconcile/store.ts';
import type { PlainMetric } from './metric.ts';

/** How the host stands to its cluster, as far as there is one; under the kubelet's names where it has one (pkg/kubelet/certificate). */
export const clusterMetrics = (store: Reader): readonly PlainMetric[] => {
  const certificates = store.list(credentialsType).flatMap(({ value }) => value.certificate ?? []);
  return [
    {
      type: 'gauge',
      name: 'kubelet_certificate_manager_client_expiration_seconds',
      help: 'When the client certificate expires, seconds since the epoch.',
      series: certificates.map(({ notAfter }) => ({ labels: {}, value: notAfter / 1000 })),
    },
    {
      type: 'gauge',
      name: 'bootlet_cluster_session',
      help: 'The connection to the cluster by its state; always 1.',
      series: store.list(sessionType).map(({ value: { state } }) => ({ labels: { state }, value: 1 })),
    },
    {
      type: 'gauge',
      name: 'bootlet_lease_renewed_timestamp_seconds',
      help: "When the Node's lease was renewed last, seconds since the epoch.",
      series: store.list(leaseStateType).map(({ value }) => ({ labels: {}, value: value.renewedAt / 1000 })),
    },
  ];
};
