import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { schema } from '../../daemon/config/schema.ts';
import { Discoverer } from '../../daemon/node/discovery/discoverer.ts';
import { systemClock as clock } from '../../daemon/reconcile/clock.ts';
import { newAuthority } from '../lab/certificate.ts';
import { clusterInfoKubeconfig } from '../lab/cluster/rbac.ts';
import { startCluster } from '../lab/cluster.ts';
import { JOINING_NODE as NODE, newJoiningHost } from '../lab/joining-host.ts';
import { run } from '../lab/run.ts';
import { until } from '../lab/until.ts';

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const whoAmI = async (kubeconfig: string): Promise<unknown> => {
  const answer = await run('kubectl', [`--kubeconfig=${kubeconfig}`, 'auth', 'whoami', '-o', 'json']);
  return JSON.parse(answer).status.userInfo;
};

test('a host joins by a token', async (t) => {
  const cluster = await startCluster(t, { signingDuration: '20s' });

  await t.test('with a certificate whose key never left it, and a kubeconfig for other tools', async (t) => {
    const host = await newJoiningHost(t, cluster);
    await host.giveToken((await cluster.token()).text);
    const node = await host.start();
    await node.joined();
    t.match(await whoAmI(host.kubeconfig), {
      username: `system:node:${NODE}`,
      groups: ['system:nodes', 'system:authenticated'],
    });
    t.equal((await stat(host.kubeconfig)).mode & 0o777, 0o600);
    t.match(await readFile(host.kubeconfig, 'utf8'), host.current);
    t.equal((await stat(host.tokenFile)).isFile(), true, 'the token stays, to come back by');
  });

  await t.test('and is rotated in time, while the kubeconfig stays as it is', async (t) => {
    const host = await newJoiningHost(t, cluster, { removeToken: true });
    await host.giveToken((await cluster.token()).text);
    const node = await host.start();
    await node.joined();
    await until(async () => !(await exists(host.tokenFile)), { what: 'the token is removed, as configured' });
    const [first, kubeconfig] = [await realpath(host.current), await readFile(host.kubeconfig, 'utf8')];
    const generation = node.session()?.generation ?? 0;
    await until(async () => (await realpath(host.current)) !== first, { what: 'another certificate is there' });
    await until(() => (node.session()?.generation ?? 0) > generation, { what: 'the session goes by it' });
    t.equal(await readFile(host.kubeconfig, 'utf8'), kubeconfig);
    t.match(await whoAmI(host.kubeconfig), { username: `system:node:${NODE}` });
  });

  await t.test('and comes back without a token after a restart', async (t) => {
    const host = await newJoiningHost(t, cluster);
    await host.giveToken((await cluster.token()).text);
    const before = await host.start();
    await before.joined();
    await before.stop();
    await rm(host.tokenFile);
    const after = await host.start();
    await after.joined();
    t.equal(after.credentials()?.token, undefined);
  });

  await t.test('and after its certificate expired by a token, or says that it needs one', async (t) => {
    const host = await newJoiningHost(t, cluster);
    await host.giveToken((await cluster.token()).text);
    const before = await host.start();
    await before.joined();
    await before.stop();
    await rm(host.tokenFile);
    const { validTo } = new X509Certificate(await readFile(host.current));
    await until(() => Date.now() > Date.parse(validTo), { what: 'the certificate expires', every: 500 });
    const after = await host.start();
    const stuck = await until(() => (after.state()?.state === 'stuck' ? after.state() : undefined), {
      what: 'it is stuck',
    });
    t.match(stuck, { reason: 'TokenMissing', message: /its certificate expired at/, advice: /kubeadm token create/ });
    await after.stop();
    await host.giveToken((await cluster.token()).text);
    await (await host.start()).joined();
  });
});

test('a request that nobody approves is told by its name, and gone on with once it is', async (t) => {
  const cluster = await startCluster(t);
  await cluster.kubectl('delete', 'clusterrolebinding', 'kubeadm:node-autoapprove-bootstrap');
  const host = await newJoiningHost(t, cluster);
  await host.giveToken((await cluster.token()).text);
  const node = await host.start();
  const pending = await until(() => (node.state()?.state === 'requesting' ? node.state() : undefined), {
    what: 'it is pending',
  });
  t.match(pending, { reason: 'CertificatePending', advice: /^kubectl certificate approve node-csr-/ });
  const names = (await cluster.kubectl('get', 'csr', '-o', 'name')).stdout.trim().split('\n');
  t.equal(names.length, 1, 'asking again makes no other request');
  await cluster.kubectl('certificate', 'approve', names[0]?.replace(/.*\//, '') ?? '');
  await node.joined();
});

test('an identity that is given is used as it is', async (t) => {
  const cluster = await startCluster(t, { knownTokens: ['secret-of-n1,system:node:n1,1,"system:nodes"'] });
  const caFile = async (dir: string): Promise<string> => {
    const path = join(dir, 'ca.crt');
    await writeFile(path, cluster.caPem, { mode: 0o644 });
    return path;
  };
  const dir = await mkdtemp(join(tmpdir(), 'bl-given-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));

  await t.test('a static token', async (t) => {
    const host = await newJoiningHost(t, cluster, { auth: 'token', caFile: await caFile(dir), discovery: {} });
    await host.giveToken('secret-of-n1');
    const node = await host.start();
    await node.joined();
    t.equal(node.credentials()?.kind, 'token');
  });

  await t.test('plain HTTP behind a firewall', async (t) => {
    const host = await newJoiningHost(t, cluster, {
      auth: 'none',
      servers: [await cluster.plainHttp()],
      discovery: {},
    });
    const node = await host.start();
    await node.joined();
    t.equal(node.credentials()?.kind, 'none');
  });
});

test('authorities that the cluster tells of beside the old ones are believed, since the old ones vouch for them', async (t) => {
  const cluster = await startCluster(t);
  const discoverer = new Discoverer({
    cluster: { ...schema.fallback.cluster, servers: cluster.urls },
    clock,
    stopping: new AbortController().signal,
  });
  const next = await newAuthority('kubernetes-next');
  const both = `${cluster.caPem}${next.certificatePem}`;
  await cluster.call('PATCH', '/api/v1/namespaces/kube-public/configmaps/cluster-info', {
    data: { kubeconfig: clusterInfoKubeconfig(cluster.urls[0] ?? '', both) },
  });
  t.equal((await discoverer.authoritiesNow(cluster.caPem)).match(/BEGIN/g)?.length, 2);
  await t.rejects(discoverer.authoritiesNow(next.certificatePem), { code: 'E_TLS_UNTRUSTED' });
});
