import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Call, newApiClient } from './api-client.ts';
import { type Certificate, issue } from './certificate.ts';
import { AUDIT_POLICY, type AuditedRequest, auditedRequests } from './cluster/audit.ts';
import { type AuthorityRotation, rotateAuthority } from './cluster/authority-rotation.ts';
import { newEtcd } from './cluster/etcd.ts';
import { startPlainHttp } from './cluster/plain-http.ts';
import { clusterInfoKubeconfig, kubeadmObjects } from './cluster/rbac.ts';
import { newServer, type Server } from './cluster/server.ts';
import { type BootstrapToken, newToken, type TokenOptions, tokenSecret } from './cluster/token.ts';
import { startWatch, type WatchEvent } from './cluster/watch.ts';
import { freePorts } from './free-ports.ts';
import { kubernetesBinary } from './kubernetes.ts';
import { pinOf, writePki } from './pki.ts';
import { type RunResult, tryRun } from './run.ts';
import type { Scope } from './scope.ts';

/** What a node needs of the controller manager, and no more: each controller costs time at its start. */
const CONTROLLERS = [
  'certificatesigningrequest-approving-controller',
  'certificatesigningrequest-cleaner-controller',
  'certificatesigningrequest-signing-controller',
  'bootstrap-signer-controller',
  'token-cleaner-controller',
  'node-ipam-controller',
  'node-lifecycle-controller',
  'pod-garbage-collector-controller',
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
];

export interface ClusterOptions {
  /** How many apiservers there are on the one etcd, default 1. */
  readonly servers?: number;
  /** Where they listen, default 127.0.0.1. */
  readonly address?: string;
  /** `--cluster-cidr`, default 10.244.0.0/16: the host's nodes get a /24 each. */
  readonly clusterCIDR?: string;
  /** How long the certificates of nodes are valid, default `8760h`; a CSR's `expirationSeconds` (>= 600) may shorten it. */
  readonly signingDuration?: string;
  /** Controllers besides those that nodes need, by their names: `daemonset-controller`. */
  readonly controllers?: readonly string[];
  /** Lines of `--token-auth-file`: `TOKEN,USER,UID,"GROUP,GROUP"`. */
  readonly knownTokens?: readonly string[];
  /** Further flags of every apiserver. */
  readonly flags?: readonly string[];
}

/** Etcd, apiservers and controller manager of Kubernetes 1.36 as processes of this machine, with what `kubeadm init` sets up for nodes. */
export interface Cluster {
  /** In the order that `urls` has. */
  readonly apiservers: readonly Server[];
  readonly urls: readonly string[];
  readonly controllerManager: Server;
  readonly caPem: string;
  /** `sha256:HEX`, as `cluster.discovery.caCertHashes` has it. */
  readonly caHash: string;
  /** The cluster's authority with its key: what it issues, the cluster believes. */
  readonly authority: Certificate;
  /** Kubeconfig of `system:masters`. */
  readonly kubeconfig: string;
  /** At the first apiserver, as `system:masters`. */
  readonly call: Call;
  kubectl(...args: string[]): Promise<RunResult>;
  /** Makes the cluster know a new token. The signature in cluster-info comes a moment later. */
  token(options?: TokenOptions): Promise<BootstrapToken>;
  /** Every event of a collection at the first apiserver, as `system:masters`; resolves once it is listened to. */
  watch(path: string, hear: (event: WatchEvent) => void): Promise<void>;
  /** What a user has asked of any apiserver since the beginning; of everybody but the control plane unless one is named. */
  requests(user?: string): Promise<AuditedRequest[]>;
  /** URL of a port of plain HTTP, behind which everybody may do everything. */
  plainHttp(): Promise<string>;
  /** Another authority, with which nothing is done yet. */
  newAuthority(): Promise<AuthorityRotation>;
  /** What etcd holds now; the function that it gives puts it back, with every apiserver started again. */
  snapshot(): Promise<() => Promise<void>>;
}

/** Starts it, and waits until every server is ready. About 5 s. */
export const startCluster = async (scope: Scope, options: ClusterOptions = {}): Promise<Cluster> => {
  const { servers = 1, address = '127.0.0.1', knownTokens = [] } = options;
  const hyperkube = await kubernetesBinary('hyperkube');
  const dir = await mkdtemp(join(tmpdir(), 'bl-cluster-'));
  scope.teardown(() => rm(dir, { recursive: true, force: true }));
  const [managerPort = 0, ...ports] = await freePorts(servers + 1);
  const urls = ports.map((port) => `https://${address}:${port}`);
  const [url = ''] = urls;
  const etcd = await newEtcd(scope, join(dir, 'etcd'));
  const auditLog = (port: number) => join(dir, `audit-${port}.log`);
  const [authority] = await Promise.all([
    writePki({ dir, nodeName: 'control-plane', server: url, addresses: [address] }),
    writeFile(join(dir, 'audit.json'), AUDIT_POLICY),
    writeFile(join(dir, 'tokens.csv'), knownTokens.map((line) => `${line}\n`).join(''), { mode: 0o600 }),
    ...ports.map((port) => writeFile(auditLog(port), '')),
    etcd.start(),
  ]);

  await copyFile(join(dir, 'pki/ca.crt'), join(dir, 'pki/authorities.crt'));
  const apiservers = ports.map((port) => {
    const flags = apiserverFlags({ dir, address, port, etcd: etcd.url, auditLog: auditLog(port) });
    const argv = [hyperkube, 'kube-apiserver', ...flags, ...(options.flags ?? [])];
    return newServer(scope, { argv, url: `https://${address}:${port}`, readyPath: '/readyz' });
  });
  const controllerManager = newServer(scope, {
    argv: [hyperkube, 'kube-controller-manager', ...managerFlags(dir, managerPort, options)],
    url: `https://127.0.0.1:${managerPort}`,
    readyPath: '/healthz',
  });

  const caPem = authority.certificatePem;
  const tls = await adminTls(authority, caPem);
  let client = newApiClient(scope, { url, tls });
  const call: Call = (...args) => client(...args);
  const create = async (collection: string, body: object): Promise<void> => {
    const answer = await call('POST', collection, body);
    if (answer.code !== 201) throw new Error(`POST ${collection}: ${answer.code} ${JSON.stringify(answer.body)}`);
  };
  const startApiservers = () => Promise.all(apiservers.map((server) => server.start()));
  const endApiservers = () => Promise.all(apiservers.map((server) => server.end()));
  await startApiservers();
  const objects = kubeadmObjects(clusterInfoKubeconfig(url, caPem));
  await Promise.all([controllerManager.start(), ...objects.map(({ collection, body }) => create(collection, body))]);

  const kubeconfig = join(dir, 'admin.conf');
  return {
    apiservers,
    urls,
    controllerManager,
    caPem,
    caHash: pinOf(caPem),
    authority,
    kubeconfig,
    call,
    kubectl: (...args) => tryRun('kubectl', [`--kubeconfig=${kubeconfig}`, ...args]),
    token: async (tokenOptions) => {
      const token = newToken();
      await create('/api/v1/namespaces/kube-system/secrets', tokenSecret(token, tokenOptions));
      return token;
    },
    requests: async (user) => {
      const all = await auditedRequests(ports.map(auditLog));
      return user === undefined ? all : all.filter((request) => request.user === user);
    },
    watch: (path, hear) => startWatch(scope, { url, tls, path, hear }),
    plainHttp: () => startPlainHttp(scope, { url, tls }),
    newAuthority: () =>
      rotateAuthority({
        ...{ dir, server: url, addresses: [address], old: authority },
        restart: async () => {
          await Promise.all([endApiservers(), controllerManager.end()]);
          await startApiservers();
          await controllerManager.start();
        },
        administer: async (by, trusted) => {
          client = newApiClient(scope, { url, tls: await adminTls(by, trusted) });
        },
        publish: async (told) => {
          const data = { kubeconfig: clusterInfoKubeconfig(url, told) };
          const { code } = await call('PATCH', '/api/v1/namespaces/kube-public/configmaps/cluster-info', { data });
          if (code !== 200) throw new Error(`PATCH cluster-info: ${code}`);
        },
      }),
    snapshot: async () => {
      const copy = await mkdtemp(join(dir, 'snapshot-'));
      await etcd.copyTo(copy);
      return async () => {
        await endApiservers();
        await etcd.restore(copy);
        await startApiservers();
      };
    },
  };
};

/** What a client shows as `system:masters`, and whom it believes. */
const adminTls = async (by: Certificate, ca: string) => {
  const admin = { commonName: 'kubernetes-admin', organization: 'system:masters', usages: ['clientAuth'] } as const;
  const { certificatePem, privatePem } = await issue(by, admin);
  return { ca, cert: certificatePem, key: privatePem };
};

interface ApiserverPlace {
  readonly dir: string;
  readonly address: string;
  readonly port: number;
  readonly etcd: string;
  readonly auditLog: string;
}

/** As manifests/kube-apiserver.yaml has them, but for etcd's TLS and the aggregation of other apiservers. */
const apiserverFlags = ({ dir, address, port, etcd, auditLog }: ApiserverPlace): string[] => [
  `--etcd-servers=${etcd}`,
  `--bind-address=${address}`,
  `--advertise-address=${address === '127.0.0.1' ? '192.0.2.1' : address}`,
  `--secure-port=${port}`,
  '--allow-privileged=true',
  '--authorization-mode=Node,RBAC',
  '--enable-admission-plugins=NodeRestriction',
  '--enable-bootstrap-token-auth=true',
  `--client-ca-file=${dir}/pki/authorities.crt`,
  `--token-auth-file=${dir}/tokens.csv`,
  `--kubelet-client-certificate=${dir}/pki/apiserver-kubelet-client.crt`,
  `--kubelet-client-key=${dir}/pki/apiserver-kubelet-client.key`,
  '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
  `--service-account-key-file=${dir}/pki/sa.pub`,
  `--service-account-signing-key-file=${dir}/pki/sa.key`,
  '--service-cluster-ip-range=10.96.0.0/12',
  `--tls-cert-file=${dir}/pki/apiserver.crt`,
  `--tls-private-key-file=${dir}/pki/apiserver.key`,
  `--audit-policy-file=${dir}/audit.json`,
  `--audit-log-path=${auditLog}`,
];

const managerFlags = (
  dir: string,
  port: number,
  { clusterCIDR = '10.244.0.0/16', signingDuration = '8760h', controllers = [] }: ClusterOptions,
): string[] => [
  '--bind-address=127.0.0.1',
  `--secure-port=${port}`,
  '--allocate-node-cidrs=true',
  `--cluster-cidr=${clusterCIDR}`,
  `--kubeconfig=${dir}/controller-manager.conf`,
  `--authentication-kubeconfig=${dir}/controller-manager.conf`,
  `--authorization-kubeconfig=${dir}/controller-manager.conf`,
  `--cluster-signing-cert-file=${dir}/pki/ca.crt`,
  `--cluster-signing-key-file=${dir}/pki/ca.key`,
  `--cluster-signing-duration=${signingDuration}`,
  `--controllers=${[...CONTROLLERS, ...controllers].join(',')}`,
  '--leader-elect=false',
  '--kube-api-qps=500',
  '--kube-api-burst=1000',
  `--root-ca-file=${dir}/pki/authorities.crt`,
  `--service-account-private-key-file=${dir}/pki/sa.key`,
  '--service-cluster-ip-range=10.96.0.0/12',
  '--use-service-account-credentials=true',
];
