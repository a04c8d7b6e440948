import { PassThrough } from 'node:stream';
import { test } from 'tap';
import type { Status } from '../../../daemon/api/status.ts';
import type { Io } from '../../../daemon/commands/io.ts';
import { statusText } from '../../../daemon/commands/status-text.ts';

const io: Io = {
  env: {},
  stdin: new PassThrough(),
  stdout: new PassThrough(),
  out: () => undefined,
  note: () => undefined,
  isTerminal: false,
  ownInterrupt: () => undefined,
  setExitCode: () => undefined,
};

const aFile = (path: string, state: Status['manifests'][number]['state'], message = '') =>
  ({ path, state, message, lastGood: false, issues: [] }) as const;

const aStatus = (manifests: Status['manifests']): Status => ({
  apiVersion: 'bootlet.io/v1alpha1',
  kind: 'Status',
  metadata: { name: 'n', resourceVersion: '1' },
  version: '1',
  mode: 'standalone',
  degraded: false,
  conditions: [],
  pods: { total: 0, ready: 0, phases: {} },
  manifests,
  troubles: [],
  next: 'bootlet pods',
});

test('each file that no pod comes from is named, with why', async (t) => {
  const manifests = [
    aFile('/m/a.yaml', 'active'),
    aFile('/m/a.yaml.bak', 'ignored', 'a backup'),
    aFile('/m/b.yaml', 'conflict', 'default/a-n comes from /m/a.yaml already'),
  ];
  t.match(
    await statusText(aStatus(manifests), io),
    `Manifests that are not active:
  /m/a.yaml.bak: ignored: a backup
  /m/b.yaml: conflict: default/a-n comes from /m/a.yaml already

Next: bootlet pods
`,
  );
  t.notMatch(await statusText(aStatus([aFile('/m/a.yaml', 'active')]), io), 'not active');
});

test('the cluster is told in a line for its server, the Node, the lease, the certificate and the token', async (t) => {
  const status: Status = {
    ...aStatus([]),
    cluster: {
      session: { server: 'https://10.0.0.1:6443', state: 'answers', message: '', since: '2026-01-01T00:00:00Z' },
      registration: { state: 'registered', uid: 'u' },
      unschedulable: true,
      leaseRenewedAt: new Date(Date.now() - 3000).toISOString(),
      credentials: {
        kind: 'bootstrap-token',
        user: 'system:node:n',
        certificate: { fingerprint: 'AA', notBefore: '', notAfter: '2027-01-01T00:00:00Z', rotateAt: '2026-10-01' },
        token: { id: 'abcdef', writtenAt: new Date(Date.now() - 120_000).toISOString() },
      },
    },
  };
  t.match(
    await statusText(status, io),
    /Cluster: +https:\/\/10\.0\.0\.1:6443 answers\nIn it: +registered, cordoned\nLease: +renewed \ds ago\nCertificate: +until 2027-01-01T00:00:00Z, to be replaced at 2026-10-01\nToken: +abcdef, put there 2m ago\n/,
  );
});

test('of a cluster that the host is not in yet it is told how far it is', async (t) => {
  const join = { state: 'stuck', reason: 'TokenMissing', message: 'it needs one', advice: '' } as const;
  t.match(await statusText({ ...aStatus([]), cluster: { join } }, io), /Cluster: +stuck: TokenMissing\n/);
});

test('what the machine is made of is told once it was looked at', async (t) => {
  const hardware = {
    manufacturer: 'QEMU',
    model: 'Standard PC',
    isVirtual: true,
    processor: 'AMD EPYC',
    physicalCores: 2,
  };
  t.match(
    await statusText({ ...aStatus([]), hardware }, io),
    /Machine: +QEMU Standard PC \(virtual\), AMD EPYC, 2 cores\n/,
  );
  const bare = { manufacturer: '', model: '', isVirtual: false, processor: '', physicalCores: 4 };
  t.match(await statusText({ ...aStatus([]), hardware: bare }, io), /Machine: +4 cores\n/);
});
