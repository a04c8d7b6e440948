import type { Identity } from '../apiserver/access.ts';
import type { ClusterTrust } from './trust.ts';

/** Why the cluster is not known yet. */
export interface DiscoveryObstacle {
  /** CamelCase: `TokenNotSigned`. */
  readonly reason: string;
  readonly message: string;
  /** What to type; '' where nothing is to be done but to wait. */
  readonly advice: string;
}

/** What came of one look for the cluster. */
export type Discovery =
  | ({
      readonly state: 'trusted';
      /** What a discovery file holds of credentials. */
      readonly identity?: Identity;
    } & ClusterTrust)
  | ({
      readonly state: 'waiting';
      /** When to look again, ms since the epoch. */
      readonly retryAt: number;
    } & DiscoveryObstacle);
