import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { schema } from '../../../../daemon/config/schema.ts';
import { CertificateFiles } from '../../../../daemon/node/credentials/certificate-files.ts';
import { IssuePace } from '../../../../daemon/node/credentials/issue-pace.ts';
import { KnownCluster } from '../../../../daemon/node/credentials/known-cluster.ts';
import { ownCertificate } from '../../../../daemon/node/credentials/own-certificate.ts';
import { Discoverer } from '../../../../daemon/node/discovery/discoverer.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { signingCluster } from '../../../support/signing-cluster.ts';

const TOKEN = 'abcdef.0123456789abcdef';

const newSource = async (t: Test, { nodeName = 'n1' } = {}) => {
  const dir = t.testdir({});
  await writeFile(join(dir, 'token'), TOKEN, { mode: 0o600 });
  const signing = await signingCluster(t);
  await writeFile(join(dir, 'ca.crt'), signing.caPem);
  const cluster = { ...schema.fallback.cluster, servers: ['https://192.0.2.1'], caFile: join(dir, 'ca.crt') };
  const clock = new FakeClock();
  const stopping = new AbortController().signal;
  const discoverer = new Discoverer({ cluster, clock, stopping });
  const trusted = { state: 'trusted' as const, servers: cluster.servers, caPem: signing.caPem };
  discoverer.discover = async () => trusted;
  discoverer.given = async () => trusted;
  const files = new CertificateFiles(join(dir, 'pki'));
  const source = ownCertificate({
    nodeName,
    tokenFile: join(dir, 'token'),
    files,
    pace: new IssuePace(clock, () => 0.999),
    clock,
    stopping,
    connect: () => signing.apiserver,
    known: new KnownCluster({ cluster, file: join(dir, 'cluster.json'), discoverer }),
    discoverer,
    checkNode: async () => undefined,
  });
  return {
    dir,
    clock,
    files,
    requests: signing.calls,
    identify: (isTaken?: boolean) => source.identify({ isTaken, unwanted: undefined }),
  };
};

test('what was issued is used, and asked for once', async (t) => {
  const { identify, requests } = await newSource(t);
  t.match(await identify(), { state: 'identified', credentials: { user: 'system:node:n1', token: { id: 'abcdef' } } });
  t.match(await identify(true), { state: 'identified' });
  t.equal(requests.length, 1);
});

test('a cluster that refuses what it issues is asked ever more slowly, and that is told', async (t) => {
  const { identify, requests, clock } = await newSource(t);
  await identify();
  for (let look = 0; look < 20; look += 1) await identify(false);
  t.equal(requests.length, 1);
  t.match(await identify(false), { state: 'requesting', reason: 'CertificateRefused', nextLookAt: Number });
  await clock.advance(10_000);
  await identify(false);
  t.equal(requests.length, 2);
  await clock.advance(10_000);
  await identify(false);
  t.equal(requests.length, 2, 'the second wait is longer');
  await clock.advance(10_000);
  await identify(false);
  t.equal(requests.length, 3);
});

test('once one was taken, the next is asked for at once', async (t) => {
  const { identify, requests } = await newSource(t);
  await identify();
  await identify(true);
  await identify(false);
  t.equal(requests.length, 2);
});

test('a pending key that cannot be read is made anew', async (t) => {
  const { dir, identify } = await newSource(t);
  await mkdir(join(dir, 'pki'), { mode: 0o755 });
  await writeFile(join(dir, 'pki/bootlet-client.key.tmp'), 'half a k');
  t.match(await identify(), { state: 'identified' });
  t.equal((await stat(join(dir, 'pki'))).mode & 0o777, 0o700);
});

test('the cluster is known before there is a certificate of it', async (t) => {
  const { dir, files, identify } = await newSource(t);
  const save = files.save.bind(files);
  files.save = async (certificate, now) => {
    t.match(JSON.parse(await readFile(join(dir, 'cluster.json'), 'utf8')), { caPem: /BEGIN/ });
    return save(certificate, now);
  };
  await identify();
});

test('a token file that others can read is told while the host is well', async (t) => {
  const { dir, identify } = await newSource(t);
  await identify();
  await writeFile(join(dir, 'token'), 'no token');
  t.match(await identify(true), { credentials: { token: { fault: /no bootstrap token/ } } });
});
