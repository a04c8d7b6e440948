import { stringify } from 'yaml';
import { nodeUser } from './signing-request.ts';

export interface Kubeconfig {
  readonly server: string;
  /** PEM; undefined with plain HTTP. */
  readonly caPem: string | undefined;
  readonly nodeName: string;
  /** Holds certificate and key, and leads to another when they are rotated; undefined: without credentials. */
  readonly certificateFile: string | undefined;
}

/**
 * A kubeconfig for other tools of this host. It names the certificate's file instead of holding what is in it, so that
 * it stays true over rotations (kubernetes/kubeadm#1753).
 */
export const kubeconfigOf = ({ server, caPem, nodeName, certificateFile }: Kubeconfig): string =>
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
      users: [
        {
          name: nodeUser(nodeName),
          user:
            certificateFile === undefined
              ? {}
              : { 'client-certificate': certificateFile, 'client-key': certificateFile },
        },
      ],
      contexts: [{ name: 'default', context: { cluster: 'default', user: nodeUser(nodeName) } }],
      'current-context': 'default',
    },
    { lineWidth: 0 },
  );
