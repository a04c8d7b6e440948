import {
  type Credentials,
  clusterNodeType,
  credentialsType,
  type JoinState,
  joinStateType,
  leaseStateType,
  type Registration,
  registrationType,
  type Session,
  sessionType,
  type WantedCluster,
  wantedClusterType,
} from '../node/resources.ts';
import type { Condition } from '../reconcile/conditions.ts';
import type { ResourceType } from '../reconcile/resource.ts';
import type { Reader } from '../reconcile/store.ts';
import type { ObjectMeta } from './object.ts';

/** How the host and its cluster stand. Nothing secret is in it. Times: RFC 3339. */
export interface ClusterStatus {
  readonly join?: JoinState;
  readonly session?: Omit<Session, 'since' | 'generation'> & { readonly since: string };
  readonly registration?: Registration;
  /** Somebody cordoned the Node. */
  readonly unschedulable?: boolean;
  readonly leaseRenewedAt?: string;
  readonly credentials?: Pick<Credentials, 'kind' | 'user' | 'rotationTrouble'> & {
    readonly certificate?: {
      /** SHA-256 */
      readonly fingerprint: string;
      readonly notBefore: string;
      readonly notAfter: string;
      readonly rotateAt?: string;
    };
    /** When its file was written; a node may not ask when it expires. */
    readonly token?: { readonly id: string; readonly writtenAt: string } | { readonly fault: string };
  };
}

/** `bootlet.io/v1alpha1 Cluster`: the cluster that the host shall be in, and how far it is. */
export interface Cluster {
  readonly apiVersion: 'bootlet.io/v1alpha1';
  readonly kind: 'Cluster';
  /** `name`: the node's. */
  readonly metadata: ObjectMeta;
  /** Absent: none is configured. */
  readonly spec?: WantedCluster;
  readonly status: ClusterStatus & { readonly conditions: readonly Condition[] };
}

const only = <T>(store: Reader, type: ResourceType<T>): T | undefined => store.list(type)[0]?.value;

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** Undefined where no cluster is configured. */
export const clusterStatusOf = (store: Reader): ClusterStatus | undefined => {
  if (only(store, wantedClusterType) === undefined) return undefined;
  const join = only(store, joinStateType);
  const session = only(store, sessionType);
  const registration = only(store, registrationType);
  const node = only(store, clusterNodeType);
  const lease = only(store, leaseStateType);
  const credentials = only(store, credentialsType);
  return {
    ...(join && { join }),
    ...(session && { session: servedSession(session) }),
    ...(registration && { registration }),
    ...(node?.state === 'present' && { unschedulable: node.node.spec?.unschedulable === true }),
    ...(lease && { leaseRenewedAt: timeOf(lease.renewedAt) }),
    ...(credentials && { credentials: servedCredentials(credentials) }),
  };
};

const servedSession = ({ server, state, message, since }: Session) => ({
  server,
  state,
  message,
  since: timeOf(since),
});

const servedCredentials = ({ kind, user, certificate, rotationTrouble, token }: Credentials) => ({
  kind,
  user,
  ...(certificate && { certificate: servedCertificate(certificate) }),
  ...(rotationTrouble !== undefined && { rotationTrouble }),
  ...(token && { token: 'fault' in token ? token : { id: token.id, writtenAt: timeOf(token.writtenAt) } }),
});

const servedCertificate = ({
  fingerprint,
  notBefore,
  notAfter,
  rotateAt,
}: NonNullable<Credentials['certificate']>) => ({
  fingerprint,
  notBefore: timeOf(notBefore),
  notAfter: timeOf(notAfter),
  ...(rotateAt !== undefined && { rotateAt: timeOf(rotateAt) }),
});

export interface ClusterInput {
  readonly store: Reader;
  readonly nodeName: string;
  /** Those of the cluster alone. */
  readonly conditions: readonly Condition[];
}

/** A pure projection of the store. */
export const clusterOf = ({ store, nodeName, conditions }: ClusterInput): Cluster => {
  const spec = only(store, wantedClusterType);
  return {
    apiVersion: 'bootlet.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name: nodeName, resourceVersion: String(store.version) },
    ...(spec === undefined ? {} : { spec }),
    status: { ...clusterStatusOf(store), conditions },
  };
};
