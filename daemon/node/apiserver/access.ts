/** By what the apiserver knows this host. */
export type Identity =
  | { readonly kind: 'none' }
  /** Sent as `Authorization: Bearer`; never to a server whose certificate was not verified. */
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'certificate'; readonly certificatePem: string; readonly keyPem: string };

/** All that a connection to the cluster is made from. It holds secrets: it is never in the store, a log or an error. */
export interface ClusterAccess {
  /** Addresses (`https://HOST:PORT`), the preferred one first. */
  readonly servers: readonly string[];
  /** PEM of the authorities that the servers' certificates may come from; undefined only with plain HTTP. */
  readonly caPem: string | undefined;
  readonly identity: Identity;
}
