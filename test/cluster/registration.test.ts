import type { Lease } from 'kubernetes-types/coordination/v1.d.ts';
import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { ownStatus } from '../../daemon/node/object/status.ts';
import { statusPatch } from '../../daemon/node/object/status-patch.ts';
import { registrationType } from '../../daemon/node/resources.ts';
import { nodePodCIDRsType } from '../../daemon/shared-resources.ts';
import { newApiClient } from '../lab/api-client.ts';
import { type Cluster, startCluster } from '../lab/cluster.ts';
import { startRegisteredHost } from '../lab/registered-host.ts';
import { until } from '../lab/until.ts';
import { someFacts, statusInputs } from '../support/node-builders.ts';
import { missing } from '../support/requires.ts';

const NODES = '/api/v1/nodes';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const names = ['made', 'patched', 'labelled', 'deleted', 'paced', 'taken', 'gone', 'cloned', 'reading', 'forbidden'];

const get = async <T>(cluster: Cluster, path: string): Promise<T | undefined> => {
  const { code, body } = await cluster.call('GET', path);
  return code === 200 ? (body as T) : undefined;
};
const nodeOf = (cluster: Cluster, name: string) => get<Node>(cluster, `${NODES}/${name}`);
const leaseOf = (cluster: Cluster, name: string) => get<Lease>(cluster, `${LEASES}/${name}`);
const readyOf = (node: Node | undefined) => node?.status?.conditions?.find(({ type }) => type === 'Ready');

test('the host as a Node of a real cluster', { skip: missing('go', 'etcd'), timeout: 30 * 60_000 }, async (t) => {
  const cluster = await startCluster(t, {
    knownTokens: names.map((name) => `token-${name},system:node:${name},${name},"system:nodes"`),
  });
  const accessOf = (name: string) => ({
    servers: cluster.urls,
    caPem: cluster.caPem,
    identity: { kind: 'token', token: `token-${name}` } as const,
  });

  await t.test(
    'is made with what the kubelet would tell, is given a range, and becomes ready with its network',
    async (t) => {
      const host = startRegisteredHost(t, {
        nodeName: 'made',
        access: accessOf('made'),
        node: { labels: { pool: 'a' }, providerID: 'metal://rack-1/made' },
      });
      const ranges = await until(() => host.store.get(nodePodCIDRsType, 'made'), { what: 'the range' });
      t.match(ranges, [/^10\.244\.\d+\.0\/24$/]);
      const made = await nodeOf(cluster, 'made');
      t.match(made, {
        metadata: { labels: { pool: 'a', 'kubernetes.io/hostname': 'made', 'kubernetes.io/os': 'linux' } },
        spec: {
          providerID: 'metal://rack-1/made',
          podCIDRs: ranges,
          taints: [
            { key: 'bootlet.io/static-pods-only', effect: 'NoSchedule' },
            { key: 'bootlet.io/static-pods-only', effect: 'NoExecute' },
            { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
          ],
        },
        status: {
          capacity: { cpu: '2', memory: '8148232Ki', pods: '110', 'ephemeral-storage': '47093746742' },
          allocatable: { cpu: '1900m' },
          daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
          nodeInfo: { containerRuntimeVersion: 'docker://20.10.24', kubeletVersion: /^v1\.36\.3\+bootlet\./ },
        },
      });
      t.match(readyOf(made), { status: 'False', reason: 'NetworkNotReady', message: /NoPodCIDR/ });
      host.network({ state: 'ready', podCIDRs: ranges, hostPorts: 'rules' });
      const ready = await until(
        async () => {
          const node = await nodeOf(cluster, 'made');
          return readyOf(node)?.status === 'True' && node;
        },
        { what: 'the Node is ready', within: 5000 },
      );
      t.equal(ready.status?.conditions?.at(-1)?.type, 'Ready');
      const reasons = () => host.events.list().map(({ reason }) => reason);
      await until(() => reasons().includes('NodeReady'), { what: 'the event of it' });
      t.same(reasons(), ['NodeRegistered', 'NodeReady']);
    },
  );

  await t.test('has its status from one patch, whatever was there, and what others wrote there stays', async (t) => {
    const before = statusInputs({
      nodeName: 'patched',
      capacity: new Map([...statusInputs().capacity, ['hugepages-1Gi', 2n ** 30n]]),
      facts: { ...someFacts, swapBytes: 4096, bootID: 'boot-0' },
      images: [{ names: ['a:1'], sizeBytes: 1 }],
      hostIPs: ['10.0.0.9', 'fd00::9'],
    });
    const status = ownStatus(before, [], 0);
    await cluster.call('POST', NODES, {
      metadata: { name: 'patched' },
      status: {
        ...status,
        capacity: { ...status.capacity, 'example.com/gpu': '2' },
        conditions: [{ type: 'NetworkUnavailable', status: 'False' }, ...status.conditions.toReversed()],
        daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      },
    });
    const now = statusInputs({ nodeName: 'patched', images: [{ names: ['b:1'], sizeBytes: 2 }] });
    const there = await until(() => nodeOf(cluster, 'patched'), { what: 'the Node' });
    const session = newApiClient(t, { url: cluster.urls[0] ?? '', token: 'token-patched' });
    const wanted = ownStatus(now, there.status?.conditions ?? [], 60_000);
    const { isChange, body } = statusPatch(there, wanted, { 'kubernetes.io/os': 'linux' });
    t.equal(isChange, true);
    const path = `${NODES}/patched/status`;
    t.match(await session('PATCH', path, body, 'application/strategic-merge-patch+json'), { code: 200 });
    const after = await until(() => nodeOf(cluster, 'patched'), { what: 'the Node' });
    t.equal(statusPatch(after, wanted, { 'kubernetes.io/os': 'linux' }).isChange, false);
    t.match(after.status?.capacity, { 'example.com/gpu': '2' });
    t.notOk(after.status?.capacity?.['hugepages-1Gi']);
    t.same(
      after.status?.conditions?.map(({ type }) => type),
      ['NetworkUnavailable', 'MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'],
    );
  });

  await t.test('has a lease of 40 s that goes with it', async (t) => {
    startRegisteredHost(t, { nodeName: 'paced', access: accessOf('paced') });
    const lease = await until(() => leaseOf(cluster, 'paced'), { what: 'the lease' });
    const node = await nodeOf(cluster, 'paced');
    t.match(lease, {
      metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'paced', uid: node?.metadata?.uid }] },
      spec: { holderIdentity: 'paced', leaseDurationSeconds: 40 },
    });
    t.ok(Math.abs(Date.parse(lease.spec?.renewTime ?? '') - Date.now()) < 30_000);
    const renewals = async () =>
      (await cluster.requests('system:node:paced')).filter(({ resource }) => resource === 'leases');
    const three = await until(
      async () => {
        const seen = (await renewals()).filter(({ verb }) => verb !== 'get');
        return seen.length >= 3 && seen;
      },
      { what: 'it is renewed twice', within: 40_000 },
    );
    const [, second, third] = three.map(({ at }) => at);
    t.ok(Number(third) - Number(second) >= 9900, 'every ten seconds');
    const all = await cluster.requests('system:node:paced');
    const counted = Object.groupBy(all, ({ verb, resource }) => `${verb} ${resource}`);
    t.same(
      Object.fromEntries(Object.entries(counted).map(([what, requests]) => [what, requests?.length])),
      {
        'list nodes': 1,
        'watch nodes': 1,
        'create nodes': 1,
        'get leases': 1,
        'create leases': 1,
        'update leases': 2,
      },
      'nothing else is asked while nothing changes',
    );
  });

  await t.test(
    'is made again within seconds when somebody deletes it, and the lease is held back meanwhile',
    async (t) => {
      const host = startRegisteredHost(t, { nodeName: 'deleted', access: accessOf('deleted') });
      await until(() => leaseOf(cluster, 'deleted'), { what: 'the lease' });
      const before = await until(() => host.store.get(nodePodCIDRsType, 'deleted') && nodeOf(cluster, 'deleted'), {
        what: 'the Node',
      });
      await cluster.call('DELETE', `${NODES}/deleted`);
      const after = await until(
        async () => {
          const node = await nodeOf(cluster, 'deleted');
          return node !== undefined && node.metadata?.uid !== before.metadata?.uid && node.spec?.podCIDRs && node;
        },
        { what: 'another Node with a range', within: 10_000 },
      );
      const lease = await until(
        async () => {
          const found = await leaseOf(cluster, 'deleted');
          return found?.metadata?.ownerReferences?.[0]?.uid === after.metadata?.uid && found;
        },
        { what: 'the lease goes with the new Node', within: 5000 },
      );
      t.equal(lease.spec?.holderIdentity, 'deleted');
    },
  );

  await t.test(
    'feeds labels of administrators to the placement, and puts its own right when it comes anew',
    async (t) => {
      await cluster.call('POST', NODES, {
        metadata: { name: 'labelled', labels: { pool: 'old', 'kubernetes.io/arch': 'sparc', theirs: 'x' } },
      });
      const host = startRegisteredHost(t, {
        nodeName: 'labelled',
        access: accessOf('labelled'),
        node: { labels: { pool: 'new' } },
      });
      await until(async () => (await nodeOf(cluster, 'labelled'))?.metadata?.labels?.['pool'] === 'new', {
        what: 'the label is put right',
      });
      t.match((await nodeOf(cluster, 'labelled'))?.metadata?.labels, { theirs: 'x', 'kubernetes.io/arch': 'amd64' });
      await cluster.kubectl('label', 'node', 'labelled', 'node-role.kubernetes.io/worker=');
      await until(() => host.labelsSeen.at(-1)?.['node-role.kubernetes.io/worker'] === '', {
        what: 'the label is seen',
      });
      const taints = (await nodeOf(cluster, 'labelled'))?.spec?.taints ?? [];
      t.notOk(
        taints.some(({ key }) => key === 'bootlet.io/static-pods-only'),
        'a Node that was there is not tainted',
      );
    },
  );

  await t.test('does not take the name of a machine that is alive', async (t) => {
    startRegisteredHost(t, {
      nodeName: 'taken',
      access: accessOf('taken'),
      facts: { machineID: 'm2', systemUUID: 'u2' },
    });
    await until(() => leaseOf(cluster, 'taken'), { what: 'the lease of the first' });
    const second = startRegisteredHost(t, { nodeName: 'taken', access: accessOf('taken') });
    const refused = await until(
      () => {
        const registration = second.store.get(registrationType, 'taken');
        return registration?.state === 'refused' && registration;
      },
      { what: 'the second is refused' },
    );
    t.match(refused, {
      reason: 'NodeOfAnotherMachine',
      message: /m2.*renewed its lease \d+ s ago/,
      advice: /nodeName/,
    });
  });

  await t.test('takes the name of a machine that is gone when an administrator has deleted its Node', async (t) => {
    const first = startRegisteredHost(t, {
      nodeName: 'gone',
      access: accessOf('gone'),
      facts: { machineID: 'm2', systemUUID: 'u2' },
    });
    await until(() => leaseOf(cluster, 'gone'), { what: 'the lease of the first' });
    await first.stop();
    await cluster.call('PATCH', `${LEASES}/gone`, { spec: { renewTime: '2020-01-01T00:00:00.000000Z' } });
    const second = startRegisteredHost(t, { nodeName: 'gone', access: accessOf('gone') });
    const registration = () => second.store.get(registrationType, 'gone');
    await until(() => registration()?.state === 'refused', { what: 'the second is refused' });
    t.match(registration(), { advice: 'kubectl delete node gone' });
    await cluster.kubectl('delete', 'node', 'gone');
    await until(() => registration()?.state === 'registered', { what: 'the second is registered', within: 10_000 });
    t.equal((await nodeOf(cluster, 'gone'))?.status?.nodeInfo?.machineID, 'machine-1');
  });

  await t.test('notices a clone that renews the same lease', async (t) => {
    const first = startRegisteredHost(t, { nodeName: 'cloned', access: accessOf('cloned') });
    await until(() => leaseOf(cluster, 'cloned'), { what: 'the lease' });
    const second = startRegisteredHost(t, {
      nodeName: 'cloned',
      access: accessOf('cloned'),
      facts: { bootID: 'boot-2' },
    });
    const warned = () =>
      [first, second].some(({ events }) => events.list().some(({ reason }) => reason === 'NodeCloned'));
    await until(warned, { what: 'the warning', within: 40_000 });
    t.pass();
  });

  await t.test('only reads where it is not to register', async (t) => {
    const host = startRegisteredHost(t, { nodeName: 'reading', access: accessOf('reading'), register: false });
    await until(() => host.store.get(registrationType, 'reading'), { what: 'it has looked' });
    await cluster.call('POST', NODES, { metadata: { name: 'reading' } });
    const ranges = await until(() => host.store.get(nodePodCIDRsType, 'reading'), { what: 'the range' });
    t.match(ranges, [/^10\.244\./]);
    const verbs = (await cluster.requests('system:node:reading')).map(({ verb }) => verb);
    t.same([...new Set(verbs)].sort(), ['list', 'watch']);
  });

  await t.test('is told when the apiserver refuses its Node', async (t) => {
    const host = startRegisteredHost(t, {
      nodeName: 'forbidden',
      access: accessOf('forbidden'),
      node: { labels: { 'node-role.kubernetes.io/worker': '' } },
    });
    const refused = await until(
      () => {
        const registration = host.store.get(registrationType, 'forbidden');
        return registration?.state === 'refused' && registration;
      },
      { what: 'the refusal' },
    );
    t.match(refused, { reason: 'Forbidden', message: /not allowed to set the following labels: node-role/ });
    t.equal(await nodeOf(cluster, 'forbidden'), undefined);
  });
});
