/** Who the cluster is: where it is reached, and by which authorities it is known. */
export interface ClusterTrust {
  /** Addresses (`https://HOST:PORT`), the preferred one first. */
  readonly servers: readonly string[];
  /** PEM; undefined only with plain HTTP. */
  readonly caPem: string | undefined;
}
