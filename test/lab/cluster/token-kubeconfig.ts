import type { Cluster } from '../cluster.ts';

/** A kubeconfig, as JSON, of whoever has this token. */
export const tokenKubeconfig = ({ urls: [server], caPem }: Pick<Cluster, 'urls' | 'caPem'>, token: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'lab', cluster: { server, 'certificate-authority-data': Buffer.from(caPem).toString('base64') } },
    ],
    users: [{ name: 'token', user: { token } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'token' } }],
    'current-context': 'lab',
  });
