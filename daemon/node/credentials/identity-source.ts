import type { ClusterAccess } from '../apiserver/access.ts';
import type { Credentials, JoinObstacle } from '../resources.ts';

/** What came of one look at the host's identity. */
export type Identification = {
  /** When to look again, ms since the epoch. */
  readonly nextLookAt: number;
} & (
  | { readonly state: 'identified'; readonly access: ClusterAccess; readonly credentials: Credentials }
  | ({ readonly state: 'discovering' | 'requesting' | 'stuck' } & JoinObstacle)
);

/** What the cluster and people say of the identity of the last look. */
export interface Verdict {
  /** The cluster said 401 to it, or took it; undefined before an answer. */
  readonly isTaken: boolean | undefined;
  /** Fingerprint of a certificate that is to be replaced although it is good. */
  readonly unwanted: string | undefined;
}

/** Where the host's identity comes from; one for each kind of `cluster.auth`. */
export interface IdentitySource {
  /**
   * Looks, and makes what is missing as far as it can be made now. Level-triggered, and safe to be cut at any point.
   * @throws BootletError what kept it from it
   */
  identify(verdict: Verdict): Promise<Identification>;
}
