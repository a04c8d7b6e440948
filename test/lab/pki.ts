import { createHash, X509Certificate } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Certificate, issue, type Leaf, newAuthority, newKeyPair } from './certificate.ts';

export interface PkiOptions {
  /** Takes the place of `/etc/kubernetes`. */
  readonly dir: string;
  readonly nodeName: string;
  /** URL of the apiserver, for the kubeconfigs. */
  readonly server: string;
  /** What the apiserver's certificate is to name besides the loopback addresses. */
  readonly addresses?: readonly string[];
}

const client = { usages: ['clientAuth'] } as const;
export const controllerManagerLeaf: Leaf = { commonName: 'system:kube-controller-manager', ...client };
const peer = { usages: ['serverAuth', 'clientAuth'] } as const;

const namesOfHost = (nodeName: string): readonly string[] => [nodeName, 'localhost', '127.0.0.1', '::1'];
const service = [
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  '10.96.0.1',
];

/** @param addresses what it is to name besides the host and the service */
export const apiserverLeaf = (nodeName: string, addresses: readonly string[]): Leaf => ({
  commonName: 'kube-apiserver',
  usages: ['serverAuth'],
  names: [...namesOfHost(nodeName), ...service, ...addresses],
});

/**
 * Writes all certificates and keys of a control plane on one host, by kubeadm's names, subjects and folders, and the
 * kubeconfigs `admin.conf` (of `system:masters`), `controller-manager.conf` and `scheduler.conf`. Gives the cluster's
 * authority.
 */
export const writePki = async ({ dir, nodeName, server, addresses = [] }: PkiOptions): Promise<Certificate> => {
  const pki = join(dir, 'pki');
  const here = namesOfHost(nodeName);

  const authority = async (name: string, commonName: string): Promise<Certificate> => {
    const made = await newAuthority(commonName);
    await writePair(join(pki, name), made);
    return made;
  };
  const leaf = async (name: string, by: Certificate, subject: Leaf): Promise<void> =>
    writePair(join(pki, name), await issue(by, subject));
  const kubeconfig = async (name: string, by: Certificate, subject: Leaf): Promise<void> =>
    writeSecret(join(dir, name), kubeconfigOf(server, by.certificatePem, await issue(by, subject)));

  const [ca, proxyCa, etcdCa, accounts] = await Promise.all([
    authority('ca', 'kubernetes'),
    authority('front-proxy-ca', 'front-proxy-ca'),
    authority('etcd/ca', 'etcd-ca'),
    newKeyPair(),
  ]);
  await Promise.all([
    writeSecret(join(pki, 'sa.key'), accounts.privatePem),
    writeSecret(join(pki, 'sa.pub'), accounts.publicPem),
    leaf('apiserver', ca, apiserverLeaf(nodeName, addresses)),
    leaf('apiserver-kubelet-client', ca, { commonName: 'kube-apiserver-kubelet-client', ...client }),
    leaf('front-proxy-client', proxyCa, { commonName: 'front-proxy-client', ...client }),
    leaf('etcd/server', etcdCa, { commonName: nodeName, ...peer, names: here }),
    leaf('etcd/peer', etcdCa, { commonName: nodeName, ...peer, names: here }),
    leaf('apiserver-etcd-client', etcdCa, { commonName: 'kube-apiserver-etcd-client', ...client }),
    kubeconfig('admin.conf', ca, { commonName: 'kubernetes-admin', organization: 'system:masters', ...client }),
    kubeconfig('controller-manager.conf', ca, controllerManagerLeaf),
    kubeconfig('scheduler.conf', ca, { commonName: 'system:kube-scheduler', ...client }),
  ]);
  return ca;
};

/** As `openssl x509 -pubkey | openssl pkey -pubin -outform der | sha256sum` makes it in kubeadm's documentation. */
export const pinOf = (caPem: string): string => {
  const spki = new X509Certificate(caPem).publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(spki).digest('hex')}`;
};

const writePair = async (path: string, { certificatePem, privatePem }: Certificate): Promise<void> => {
  await writeSecret(`${path}.crt`, certificatePem);
  await writeSecret(`${path}.key`, privatePem);
};

const writeSecret = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode: 0o600 });
};

/** As JSON, which is YAML too. */
export const kubeconfigOf = (server: string, caPem: string, user: Certificate): string => {
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  const cluster = { server, 'certificate-authority-data': base64(caPem) };
  const credentials = {
    'client-certificate-data': base64(user.certificatePem),
    'client-key-data': base64(user.privatePem),
  };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster }],
    users: [{ name: 'lab', user: credentials }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab' } }],
    'current-context': 'lab',
  });
};
