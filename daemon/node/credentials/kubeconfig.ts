import { stringify } from 'yaml';
import { nodeUser } from './signing-request.ts';

/** Credentials by the files they are in, which may be replaced; none where the apiserver asks for none. */
export type KubeconfigUser =
  | { readonly 'client-certificate': string; readonly 'client-key': string }
  | { readonly tokenFile: string }
  | Readonly<Record<string, never>>;

export interface Kubeconfig {
  readonly server: string;
  /** PEM; undefined with plain HTTP. */
  readonly caPem: string | undefined;
  readonly nodeName: string;
  readonly user: KubeconfigUser;
}

/**
 * A kubeconfig for other tools of this host. It names the certificate's file instead of holding what is in it, so that
 * it stays true over rotations (kubernetes/kubeadm#1753).
 */
export const kubeconfigOf = ({ server, caPem, nodeName, user }: Kubeconfig): string =>
  stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'default',
          cluster: {
            server,
            ...(caPem === undefined ? {} : { 'certificate-authority-data': Buffer.from(caPem).toString('base64') }),
          },
        },
      ],
      users: [{ name: nodeUser(nodeName), user }],
      contexts: [{ name: 'default', context: { cluster: 'default', user: nodeUser(nodeName) } }],
      'current-context': 'default',
    },
    { lineWidth: 0 },
  );
