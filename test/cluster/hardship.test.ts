import { setTimeout as delay } from 'node:timers/promises';
import type { Lease } from 'kubernetes-types/coordination/v1.d.ts';
import type { PodList } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { startCluster } from '../lab/cluster.ts';
import { isReady, type MemberHost, startMemberHost } from '../lab/member-host.ts';
import { until } from '../lab/until.ts';
import { manifest } from '../support/pod-host.ts';
import { missing } from '../support/requires.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const AWAY_MS = 60_000;

const running = async ({ docker }: MemberHost): Promise<string[]> =>
  (await docker.engine.list('io.bootlet.instance'))
    .filter(({ State }) => State === 'running')
    .map(({ Id }) => Id)
    .sort();

const options = { skip: missing('dockerd', 'etcd', 'kubectl', 'go'), timeout: 30 * 60_000 };
test('a node whose control plane has a hard time', options, async (t) => {
  const cluster = await startCluster(t, { servers: 2 });
  const [first, second] = cluster.apiservers;
  const member = await startMemberHost(t, cluster, {
    manifests: { 'web.json': manifest({ spec: { hostNetwork: false } }) },
  });
  const { bootlet } = member;
  const { nodeName } = bootlet;
  const node = await member.nodeWhere('the Node is ready', isReady);
  await until(async () => (await running(member)).length === 2, { what: 'the pod runs' });
  const renewed = async (): Promise<number> =>
    Date.parse(((await cluster.call('GET', `${LEASES}/${nodeName}`)).body as Lease).spec?.renewTime ?? '');

  /** Another Node gets another range, to which pods move. */
  const moved = () =>
    until(
      async () => {
        const [found, { body }] = await Promise.all([
          member.node(),
          cluster.call('GET', `/api/v1/pods?fieldSelector=spec.nodeName=${nodeName}`),
        ]);
        const range = found?.spec?.podCIDR?.replace(/0\/24$/, '');
        const items = (body as PodList).items.filter(({ spec }) => spec?.hostNetwork !== true);
        return (
          range !== undefined &&
          items.length > 0 &&
          items.every(
            ({ status }) => status?.podIP?.startsWith(range) && status.containerStatuses?.every((c) => c.ready),
          )
        );
      },
      { what: 'the pods are on the range of the Node', within: 120_000 },
    );

  await t.test('may do what a node may, and nothing else', async (t) => {
    const asNode = (...args: string[]) =>
      member.host.tryRun('kubectl', ['--kubeconfig', `${bootlet.dir}/bootlet.conf`, ...args]);
    t.match(await asNode('get', 'node', nodeName, '-o', 'name'), { stdout: `node/${nodeName}` });
    await cluster.call('POST', '/api/v1/nodes', { metadata: { name: 'another' } });
    for (const args of [
      ['label', 'node', nodeName, 'node-role.kubernetes.io/control-plane='],
      ['label', 'node', nodeName, 'node-restriction.kubernetes.io/zone=a'],
      ['taint', 'node', nodeName, 'mine=yes:NoSchedule'],
      ['label', 'node', 'another', 'pool=mine'],
      ['delete', 'node', nodeName],
      ['get', 'secrets', '-A'],
      ['create', 'deployment', 'web', '--image=lab/busybox:1'],
      ['run', 'web', '--image=lab/busybox:1'],
    ])
      t.match(await asNode(...args), { code: 1, stderr: /forbidden|not allowed/i }, args.join(' '));
    await cluster.call('DELETE', '/api/v1/nodes/another');
  });

  await t.test('is served by the other apiserver within 5 s when one is killed', async (t) => {
    await first?.end('SIGKILL');
    const from = Date.now();
    const other = ['--server', second?.url ?? ''];
    t.equal((await cluster.kubectl(...other, 'delete', 'node', nodeName)).code, 0);
    const uid = async () =>
      (await cluster.kubectl(...other, 'get', 'node', nodeName, '-o', 'jsonpath={.metadata.uid}')).stdout;
    const another = await until(
      async () => {
        const now = await uid();
        return now !== '' && now !== node.metadata?.uid && now;
      },
      { what: 'the Node is made again at the other', within: 5000 },
    );
    t.comment(`${Date.now() - from} ms`);
    t.not(another, node.metadata?.uid);
    await first?.start();
    await member.nodeWhere('the Node is ready', isReady);
    await moved();
  });

  await t.test('goes on alone for a minute, and catches up', async (t) => {
    const before = await running(member);
    await Promise.all(cluster.apiservers.map((server) => server.end('SIGKILL')));
    const gone = Date.now();
    await bootlet.drop('later.json', manifest({ name: 'later' }));
    await until(async () => (await running(member)).length === before.length + 2, { what: 'a new pod starts' });
    await delay(gone + AWAY_MS - Date.now());
    const after = await running(member);
    t.ok(
      before.every((id) => after.includes(id)),
      'the pods that ran still run',
    );
    await Promise.all(cluster.apiservers.map((server) => server.start()));
    const back = Date.now();
    await until(async () => (await renewed()) > back, { what: 'the lease is renewed', within: 30_000 });
    t.comment(`the lease was renewed ${Date.now() - back} ms after`);
    await member.nodeWhere('the Node is ready', isReady, 30_000);
    t.same(await running(member), after);
  });

  await t.test('follows a cluster whose etcd was restored from a snapshot', async (t) => {
    const pods = await running(member);
    const restore = await cluster.snapshot();
    for (const n of [1, 2, 3]) await cluster.kubectl('label', '--overwrite', 'node', nodeName, `pool=after-${n}`);
    await restore();
    const restored = await member.nodeWhere('the Node is ready', isReady, 30_000);
    t.notOk(restored.metadata?.labels?.['pool']);
    const back = Date.now();
    await until(async () => (await renewed()) > back, { what: 'the lease is renewed', within: 30_000 });
    t.same(await running(member), pods);
    t.equal((await cluster.kubectl('delete', 'node', nodeName)).code, 0);
    const isAnother = ({ metadata }: typeof node) => metadata?.uid !== restored.metadata?.uid;
    await member.nodeWhere('the Node is made again', isAnother, 20_000);
    await moved();
    t.equal((await running(member)).length, pods.length);
  });
});
