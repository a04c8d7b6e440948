import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Call, newApiClient } from './api-client.ts';
import { newKeyPair } from './certificate.ts';
import { newEtcd } from './cluster/etcd.ts';
import { newServer } from './cluster/server.ts';
import { freePorts } from './free-ports.ts';
import { kubernetesBinary } from './kubernetes.ts';
import type { Scope } from './scope.ts';

/** An apiserver that knows no one but its caller, who may do everything. */
export interface Apiserver {
  readonly call: Call;
}

export interface ApiserverOptions {
  /** Admission plugins to be left out. */
  readonly withoutAdmission?: readonly string[];
  /** Feature gates that are off by default. */
  readonly gates?: readonly string[];
  /** How many calls the client has on their way at a time, default 16. */
  readonly connections?: number;
}

/** Starts an etcd and a kube-apiserver as processes of this machine, on ports that are free, and waits for /readyz. */
export const startApiserver = async (
  scope: Scope,
  { withoutAdmission = [], gates = [], connections = 16 }: ApiserverOptions = {},
): Promise<Apiserver> => {
  const hyperkube = await kubernetesBinary('hyperkube');
  const dir = await mkdtemp(join(tmpdir(), 'bl-apiserver-'));
  scope.teardown(() => rm(dir, { recursive: true, force: true }));
  const [port] = await freePorts(1);
  const etcd = await newEtcd(scope, join(dir, 'etcd'));

  const token = randomBytes(16).toString('hex');
  const accounts = await newKeyPair();
  await writeFile(join(dir, 'tokens.csv'), `${token},lab,lab,system:masters\n`, { mode: 0o600 });
  await writeFile(join(dir, 'sa.key'), accounts.privatePem, { mode: 0o600 });
  const argv = [
    hyperkube,
    'kube-apiserver',
    `--etcd-servers=${etcd.url}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(dir, 'pki')}`,
    `--token-auth-file=${join(dir, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(dir, 'sa.key')}`,
    `--service-account-signing-key-file=${join(dir, 'sa.key')}`,
    '--service-cluster-ip-range=10.96.0.0/24',
    '--runtime-config=api/all=true',
    '--enable-priority-and-fairness=false',
    `--disable-admission-plugins=${withoutAdmission.join(',')}`,
    `--feature-gates=${gates.map((gate) => `${gate}=true`).join(',')}`,
  ];
  const url = `https://127.0.0.1:${port}`;
  const server = newServer(scope, { argv, url, readyPath: '/readyz' });
  await Promise.all([etcd.start(), server.start()]);
  // It made its certificate a moment ago, for itself.
  return { call: newApiClient(scope, { url, token, connections }) };
};
