import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { newKeyPair } from './certificate.ts';
import { startChild } from './child.ts';
import { kubernetesBinary } from './kubernetes.ts';
import type { Scope } from './scope.ts';
import { until } from './until.ts';

const READY_MS = 120_000;

export interface Answer {
  readonly code: number;
  readonly body: unknown;
}

/** An apiserver that knows no one but its caller, who may do everything. */
export interface Apiserver {
  /** Sends JSON and reads JSON; any number of calls may be on their way. */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: string): Promise<Answer>;
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
  const [etcdPort, peerPort, port] = await freePorts(3);

  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const etcd = startChild([
    'etcd',
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
  ]);
  scope.teardown(() => etcd.end('SIGKILL'));

  const token = randomBytes(16).toString('hex');
  const accounts = await newKeyPair();
  await writeFile(join(dir, 'tokens.csv'), `${token},lab,lab,system:masters\n`, { mode: 0o600 });
  await writeFile(join(dir, 'sa.key'), accounts.privatePem, { mode: 0o600 });
  const server = startChild([
    hyperkube,
    'kube-apiserver',
    `--etcd-servers=${etcdUrl}`,
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
  ]);
  scope.teardown(() => server.end('SIGKILL'));

  // It made its certificate a moment ago, for itself.
  const dispatcher = new Agent({ connections, connect: { rejectUnauthorized: false } });
  scope.teardown(() => dispatcher.destroy());
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' };
  const url = `https://127.0.0.1:${port}`;
  const fetchText = async (method: string, path: string, body: string | null) => {
    const answer = await request(`${url}${path}`, { method, headers, body, dispatcher });
    return { code: answer.statusCode, text: await answer.body.text() };
  };
  const gone = server.ended.then(() => {
    throw new Error(`the apiserver ended:\n${server.output().join('\n')}`);
  });
  const ready = until(async () => (await fetchText('GET', '/readyz', null)).code === 200, {
    what: 'the apiserver is ready',
    within: READY_MS,
    every: 100,
  });
  await Promise.race([ready, gone]);
  return {
    call: async (method, path, body) => {
      const { code, text } = await fetchText(method, path, body ?? null);
      return { code, body: JSON.parse(text) };
    },
  };
};

/** Ports that nobody listens on at this moment. */
const freePorts = async (count: number): Promise<number[]> => {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};
