import type { Lease } from 'kubernetes-types/coordination/v1.d.ts';
import { BootletError } from '../../errors.ts';
import { isMap } from '../../host/json-value.ts';
import { microTime } from '../../kubernetes/time.ts';
import type { Apiserver } from '../apiserver/apiserver.ts';

/** The kubelet's nodeLeaseDurationSeconds; it renews after a quarter of it. */
const LEASE_SECONDS = 40;
export const RENEW_MS = (LEASE_SECONDS * 1000) / 4;

const NAMESPACE = 'kube-node-lease';
export const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;
export const leasePath = (nodeName: string): string => `${LEASES}/${encodeURIComponent(nodeName)}`;

export interface Renewal {
  readonly nodeName: string;
  /** Of the Node, with which the lease goes. */
  readonly uid: string;
  readonly now: number;
}

/** The lease as it is to be written: a new one, or what `base` becomes (component-helpers apimachinery/lease newLease). */
export const renewedLease = (base: Lease | undefined, { nodeName, uid, now }: Renewal): Lease => {
  const others = (base?.metadata?.ownerReferences ?? []).filter(({ kind }) => kind !== 'Node');
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      ...base?.metadata,
      name: nodeName,
      namespace: NAMESPACE,
      ownerReferences: [...others, { apiVersion: 'v1', kind: 'Node', name: nodeName, uid }],
    },
    spec: {
      ...base?.spec,
      holderIdentity: nodeName,
      leaseDurationSeconds: LEASE_SECONDS,
      renewTime: microTime(now),
    },
  };
};

/** ms since the epoch; NaN for one that nobody renewed. */
export const renewedAt = ({ spec }: Lease): number => Date.parse(spec?.renewTime ?? '');

const isLease = (value: unknown): value is Lease => isMap(value) && isMap(value['metadata']);

/** @throws BootletError E_APISERVER_ANSWER */
export const decodeLease = (body: unknown): Lease => {
  if (isLease(body)) return body;
  throw new BootletError('E_APISERVER_ANSWER', 'the apiserver sends a Lease that is none');
};

/**
 * The lease of a node; undefined when there is none.
 * @param or further statuses that count as none
 * @throws BootletError as `Apiserver.call`
 */
export const readLease = async (
  apiserver: Apiserver,
  nodeName: string,
  or: readonly number[] = [],
): Promise<Lease | undefined> => {
  const answer = await apiserver.call({ method: 'GET', path: leasePath(nodeName), expect: [404, ...or] });
  return answer.status === 200 ? decodeLease(answer.body) : undefined;
};
