import { setTimeout as delay } from 'node:timers/promises';
import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { pino } from 'pino';
import { type Test, test } from 'tap';
import type { Identity } from '../../daemon/node/apiserver/access.ts';
import type { ApiCall } from '../../daemon/node/apiserver/apiserver.ts';
import { ListWatch } from '../../daemon/node/apiserver/list-watch.ts';
import { refusalOf } from '../../daemon/node/apiserver/refusal.ts';
import { systemClock } from '../../daemon/reconcile/clock.ts';
import { issue } from '../lab/certificate.ts';
import { type Cluster, startCluster } from '../lab/cluster.ts';
import { until } from '../lab/until.ts';
import { aSession } from '../support/apiserver-session.ts';
import { missing } from '../support/requires.ts';

/** Enough for Kubernetes to be built from nothing. */
const TIMEOUT_MS = 30 * 60_000;
const NODES = '/api/v1/nodes';

const identityOf = async ({ authority }: Cluster, name: string): Promise<Identity> => {
  const subject = { commonName: `system:node:${name}`, organization: 'system:nodes', usages: ['clientAuth'] } as const;
  const { certificatePem, privatePem } = await issue(authority, subject);
  return { kind: 'certificate', certificatePem, keyPem: privatePem };
};

const create = (name: string): ApiCall => ({ method: 'POST', path: NODES, body: { metadata: { name } } });
const merge = (path: string, body: unknown): ApiCall => ({
  ...{ method: 'PATCH', path, body },
  contentType: 'application/merge-patch+json',
});
const labelled = (name: string, value: string): ApiCall =>
  merge(`${NODES}/${name}`, { metadata: { labels: { shown: value } } });

/** What a list-watch of one node tells. */
const follow = (t: Test, { session, store }: ReturnType<typeof aSession>, name: string): string[] => {
  const told: string[] = [];
  const label = (node: Node): string => node.metadata?.labels?.['shown'] ?? '';
  const watch = new ListWatch<Node>({
    ...{ apiserver: session, store, nodeName: 'n', path: NODES, query: { fieldSelector: `metadata.name=${name}` } },
    ...{ decode: (object) => object as Node, clock: systemClock, random: Math.random, log: pino({ enabled: false }) },
    handler: {
      replaced: (nodes) => told.push(`= ${nodes.map(label).join(' ')}`),
      changed: (node) => told.push(`+ ${label(node)}`),
      removed: () => told.push('-'),
    },
  });
  watch.start();
  t.teardown(() => watch.stop());
  return told;
};

const options = { skip: missing('etcd', 'kubectl', 'go'), timeout: TIMEOUT_MS };
test('the session at real apiservers', options, async (t) => {
  const cluster = await startCluster(t, { servers: 2 });
  const { urls, caPem, apiservers } = cluster;
  const [first, second] = apiservers;
  if (first === undefined || second === undefined) throw new Error('there are two apiservers');

  await t.test('what a node may do is done, what NodeRestriction refuses tells its reason', async (t) => {
    const { session, shown } = aSession(t);
    session.use({ servers: urls, caPem, identity: await identityOf(cluster, 'a') });
    t.match(await session.call(create('a')), { status: 201 });
    const error: unknown = await session.call(create('other')).catch((thrown: unknown) => thrown);
    t.match(error, { code: 'E_APISERVER_REFUSED' });
    t.match(refusalOf(error), {
      status: 403,
      reason: 'Forbidden',
      message: /"a" is not allowed to modify node "other"/,
    });
    t.match(await session.call({ ...create('a'), expect: [409] }), { status: 409, body: { reason: 'AlreadyExists' } });
    t.match(shown(), { server: first.url, state: 'answers', message: '' });
  });

  await t.test('a node is followed; its requests are one list and one watch', async (t) => {
    const made = aSession(t);
    made.session.use({ servers: urls, caPem, identity: await identityOf(cluster, 'b') });
    await made.session.call(create('b'));
    const told = follow(t, made, 'b');
    await until(() => told.length > 0, { what: 'all is told at first' });
    await made.session.call(labelled('b', 'one'));
    await until(() => told.includes('+ one'), { what: 'the change is told' });
    await cluster.call('DELETE', `${NODES}/b`);
    await until(() => told.includes('-'), { what: 'the removal is told' });
    const reads = (await cluster.requests('system:node:b')).filter(({ verb }) => verb === 'list' || verb === 'watch');
    t.same(reads.map(({ verb }) => verb).toSorted(), ['list', 'watch']);
  });

  await t.test('a server that is killed is replaced within 5 s, for watches too, and gone back to later', async (t) => {
    const made = aSession(t);
    const { session, shown } = made;
    session.use({ servers: urls, caPem, identity: await identityOf(cluster, 'c') });
    await session.call(create('c'));
    const told = follow(t, made, 'c');
    await until(() => told.length > 0, { what: 'all is told at first' });
    await first.end('SIGKILL');
    const begun = performance.now();
    await session.call(labelled('c', 'two'));
    await until(() => told.some((line) => line.endsWith('two')), { what: 'the watch goes on', every: 5 });
    const took = performance.now() - begun;
    t.ok(took < 5_000, `${took.toFixed(0)} ms`);
    t.match(shown(), { server: second.url, state: 'answers', message: new RegExp(first.url) });
    await first.start();
    await until(() => shown()?.server === first.url, { what: 'the preferred server is gone back to' });
    t.match(shown(), { message: '' });
  });

  await t.test('a server that hangs with its connections open is replaced within 5 s', async (t) => {
    const made = aSession(t);
    const { session, shown } = made;
    session.use({ servers: urls, caPem, identity: await identityOf(cluster, 'd') });
    await session.call(create('d'));
    const told = follow(t, made, 'd');
    await until(() => told.length > 0, { what: 'all is told at first' });
    first.pause();
    t.teardown(() => first.resume());
    const begun = performance.now();
    await session.call(labelled('d', 'three'));
    const took = performance.now() - begun;
    t.ok(took < 5_000, `${took.toFixed(0)} ms`);
    await until(() => told.some((line) => line.endsWith('three')), { what: 'the watch goes on' });
    t.match(shown(), { server: second.url });
    first.resume();
    await until(() => shown()?.server === first.url, { what: 'the preferred server is gone back to' });
  });

  await t.test('after etcd was restored, changes are seen all the same', async (t) => {
    const made = aSession(t);
    const { session } = made;
    session.use({ servers: urls, caPem, identity: await identityOf(cluster, 'e') });
    await session.call(create('e'));
    const restore = await cluster.snapshot();
    const told = follow(t, made, 'e');
    await until(() => told.length > 0, { what: 'all is told at first' });
    for (const value of ['four', 'five', 'six']) await session.call(labelled('e', value));
    await until(() => told.includes('+ six'), { what: 'the change is told' });
    const before = told.length;
    await restore();
    await until(() => told.slice(before).includes('= '), { what: 'what was restored is told' });
    await until(() => session.call(labelled('e', 'seven')), { what: 'the apiserver takes a change' });
    await until(() => told.some((line) => line.endsWith('seven')), { what: 'a change after that is told' });
    t.pass('though their resourceVersions are lower than those that were seen before');
  });

  await t.test('a bootstrap token that the cluster does not know is told to be one', async (t) => {
    const { session } = aSession(t);
    session.use({ servers: urls, caPem, identity: { kind: 'token', token: 'abcdef.0123456789abcdef' } });
    const error: unknown = await session.call({ method: 'GET', path: NODES }).catch((thrown: unknown) => thrown);
    t.match(refusalOf(error), { status: 401, reason: 'Unauthorized' });
  });

  await t.test('nothing is asked but what is called', async (t) => {
    const { session } = aSession(t);
    session.use({ servers: urls, caPem, identity: await identityOf(cluster, 'f') });
    await session.call(create('f'));
    const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    const lease = { metadata: { name: 'f' }, spec: { holderIdentity: 'f', leaseDurationSeconds: 40 } };
    await session.call({ method: 'POST', path, body: lease });
    for (let i = 0; i < 3; i++) {
      await delay(1_000);
      const renewTime = new Date().toISOString().replace('Z', '000Z');
      await session.call(merge(`${path}/f`, { spec: { renewTime } }));
    }
    const made = await cluster.requests('system:node:f');
    t.same(
      made.map(({ verb }) => verb),
      ['create', 'create', 'patch', 'patch', 'patch'],
    );
  });
});
