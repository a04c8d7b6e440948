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

/** Where the host's identity comes from; one for each kind of `cluster.auth`. */
export interface IdentitySource {
  /**
   * Looks, and makes what is missing as far as it can be made now. Level-triggered, and safe to be cut at any point.
   * @param isRefused the cluster said 401 to the identity of the last look
   * @throws BootletError what kept it from it
   */
  identify(isRefused: boolean): Promise<Identification>;
}
