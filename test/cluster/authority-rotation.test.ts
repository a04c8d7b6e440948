import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigMap, Node } from 'kubernetes-types/core/v1.d.ts';
import { type Test, test } from 'tap';
import { schema } from '../../daemon/config/schema.ts';
import { credentialsType, leaseStateType, rotationRequestType, sessionType } from '../../daemon/node/resources.ts';
import { type Cluster, startCluster } from '../lab/cluster.ts';
import { LeapingClock } from '../lab/leaping-clock.ts';
import { isReady, readyOf } from '../lab/member-host.ts';
import { startRegisteredHost } from '../lab/registered-host.ts';
import { run } from '../lab/run.ts';
import { until } from '../lab/until.ts';
import { missing } from '../support/requires.ts';

const NODE = 'rotated';
/** The longest time between two looks at the authorities of the cluster. */
const LOOK_MS = 2 * 60 * 60_000;

/** What a host that shall join by a token keeps, and is told. */
const newHost = async (t: Test, cluster: Cluster) => {
  const dir = await mkdtemp(join(tmpdir(), 'bl-rotation-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const paths = { ...schema.fallback.paths, state: dir, kubeconfig: join(dir, 'bootlet.conf') };
  const tokenFile = join(dir, 'token');
  await writeFile(tokenFile, (await cluster.token()).text, { mode: 0o600 });
  const { discovery } = schema.fallback.cluster;
  const base = { ...schema.fallback.cluster, servers: cluster.urls, tokenFile };
  return {
    paths,
    tokenFile,
    start: (caHash: string, clock = new LeapingClock()) => {
      const config = { paths, cluster: { ...base, discovery: { ...discovery, caCertHashes: [caHash] } } };
      const host = startRegisteredHost(t, { nodeName: NODE, config, clock });
      host.network({ state: 'ready', podCIDRs: undefined, hostPorts: 'runtime' });
      return host;
    },
  };
};

const nodeOf = async (cluster: Cluster): Promise<Node> => {
  const { code, body } = await cluster.call('GET', `/api/v1/nodes/${NODE}`);
  if (code !== 200) throw new Error(`GET Node: ${code} ${JSON.stringify(body)}`);
  return body as Node;
};

test('a cluster takes another authority while the host is a Node of it', { skip: missing('go', 'etcd') }, async (t) => {
  const cluster = await startCluster(t);
  const { paths, tokenFile, start } = await newHost(t, cluster);
  const clock = new LeapingClock();
  const host = start(cluster.caHash, clock);
  const issuer = async (): Promise<X509Certificate> =>
    new X509Certificate(await readFile(join(paths.state, 'pki/bootlet-client-current.pem')));
  const isOf = (certificate: X509Certificate, caPem: string) =>
    certificate.verify(new X509Certificate(caPem).publicKey);
  /** What other tools of the host believe. */
  const believed = async (): Promise<string> => {
    const [, data = ''] = /certificate-authority-data: (\S+)/.exec(await readFile(paths.kubeconfig, 'utf8')) ?? [];
    return Buffer.from(data, 'base64').toString();
  };
  /** The host is told by the lease that it is alive, after whatever was done. */
  const livesOn = async () => {
    const renewedAt = () => host.store.get(leaseStateType, NODE)?.renewedAt ?? 0;
    const since = clock.now();
    await until(() => renewedAt() > since, { what: 'the lease is renewed', within: 40_000 });
  };
  const whoAmI = async (): Promise<string> =>
    JSON.parse(await run('kubectl', [`--kubeconfig=${paths.kubeconfig}`, 'auth', 'whoami', '-o', 'json'])).status
      .userInfo.username;

  const before = await until(async () => (await nodeOf(cluster).then(isReady)) && nodeOf(cluster), {
    what: 'the Node is Ready',
  });
  await rm(tokenFile);
  const old = (await believed()).trim();
  t.equal(old, cluster.caPem.trim());
  const rotation = await cluster.newAuthority();
  const next = rotation.caPem.trim();

  await t.test('the new one is believed beside the old one, which vouches for it', async (t) => {
    await rotation.introduce();
    const { body } = await cluster.call(
      'GET',
      '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication',
    );
    t.equal((body as ConfigMap).data?.['client-ca-file']?.match(/BEGIN/g)?.length, 2, 'the cluster knows both');
    await livesOn();
    clock.leap(LOOK_MS);
    await until(async () => (await believed()).includes(next), { what: 'both are in the kubeconfig' });
    t.ok((await believed()).includes(old));
    await livesOn();
  });

  await t.test('servers of the new one are the same cluster, and the next certificate is of the new one', async (t) => {
    await rotation.switch();
    await livesOn();
    t.ok(isOf(await issuer(), old), 'the one that it has is still good');
    const { fingerprint = '' } = host.store.get(credentialsType, NODE)?.certificate ?? {};
    host.store.claim(rotationRequestType, 'test').put(NODE, { fingerprint });
    await until(async () => isOf(await issuer(), next), { what: 'the certificate is one of the new authority' });
    await livesOn();
  });

  await t.test('the old one is believed no more once the cluster has dropped it', async (t) => {
    await rotation.drop();
    await livesOn();
    clock.leap(LOOK_MS);
    await until(async () => (await believed()).trim() === next, { what: 'only the new one is in the kubeconfig' });
    await livesOn();
    t.equal(host.store.get(sessionType, NODE)?.state, 'answers');
    t.equal(await whoAmI(), `system:node:${NODE}`);
  });

  await t.test('through all of that the Node was the same, and Ready', async (t) => {
    const after = await nodeOf(cluster);
    t.equal(after.metadata?.uid, before.metadata?.uid);
    t.match(readyOf(after), { status: 'True', lastTransitionTime: readyOf(before)?.lastTransitionTime });
  });

  await t.test('a restart comes back by the new one, with neither a token nor a pin of it', async (t) => {
    await host.stop();
    const again = start(cluster.caHash);
    await until(() => again.store.get(leaseStateType, NODE) !== undefined, { what: 'it is back' });
    await until(() => again.store.get(sessionType, NODE)?.state === 'answers', { what: 'its session says so' });
    t.equal((await believed()).trim(), next);
  });
});

test('a cluster that was made anew is not taken for the old one, and joined once it is said to be meant', {
  skip: missing('go', 'etcd'),
}, async (t) => {
  const cluster = await startCluster(t);
  const { paths, tokenFile, start } = await newHost(t, cluster);
  const host = start(cluster.caHash);
  await until(() => nodeOf(cluster).then(isReady), { what: 'the Node is Ready' });
  const kept = () =>
    Promise.all([join(paths.state, 'cluster.json'), paths.kubeconfig].map((path) => readFile(path, 'utf8')));
  const before = await kept();
  const rotation = await cluster.newAuthority();
  await rotation.drop();
  const distrust = await until(() => host.store.get(sessionType, NODE)?.distrust, { what: 'it is noticed' });
  t.match(distrust, /made anew.*kubeadm token create --print-join-command/);
  t.same(await kept(), before, 'what was known of the old one is kept');
  await host.stop();

  await writeFile(tokenFile, (await cluster.token()).text, { mode: 0o600 });
  await cluster.call('DELETE', `/api/v1/nodes/${NODE}`);
  start(rotation.caHash);
  await until(() => nodeOf(cluster).then(isReady), { what: 'the Node is Ready again' });
});
