import type { EventList, Node, Pod } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { readManifest } from '../../daemon/pods/manifest/read.ts';
import type { Pod as StaticPod } from '../../daemon/pods/v1.ts';
import { type Cluster, startCluster } from '../lab/cluster.ts';
import { startRegisteredHost } from '../lab/registered-host.ts';
import { until } from '../lab/until.ts';
import { missing } from '../support/requires.ts';

const names = ['shown', 'edited', 'orphaned', 'refusing', 'foreign', 'away', 'told'];

const get = async <T>({ call }: Cluster, path: string): Promise<T | undefined> => {
  const { code, body } = await call('GET', path);
  return code === 200 ? (body as T) : undefined;
};
const podOf = (cluster: Cluster, name: string) => get<Pod>(cluster, `/api/v1/namespaces/default/pods/${name}`);

const manifest = (spec: object = {}, metadata: object = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', labels: { app: 'web' }, ...metadata },
    spec: { containers: [{ name: 'main', image: 'app:1', ports: [{ containerPort: 80 }] }], ...spec },
  });

/** As the file source gives it. */
const staticPod = (nodeName: string, text = manifest()): StaticPod => {
  const result = readManifest(Buffer.from(text), { nodeName });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.pod.pod;
};

const condition = (type: string, status: 'True' | 'False', at = '2026-01-01T00:00:00Z') => ({
  ...{ type, status, lastTransitionTime: at },
});

/** With the status of a pod that runs. */
const running = (pod: StaticPod, more: object = {}): StaticPod => ({
  ...pod,
  status: {
    phase: 'Running',
    qosClass: 'BestEffort',
    hostIP: '10.0.0.1',
    hostIPs: [{ ip: '10.0.0.1' }],
    podIP: '10.1.0.2',
    podIPs: [{ ip: '10.1.0.2' }],
    startTime: '2026-01-01T00:00:00Z',
    conditions: [condition('Initialized', 'True'), condition('Ready', 'True'), condition('ContainersReady', 'True')],
    containerStatuses: [
      {
        ...{ name: 'main', image: 'app:1', imageID: 'sha256:1', containerID: 'docker://1', restartCount: 0 },
        ...{ ready: true, started: true, lastState: {}, state: { running: { startedAt: '2026-01-01T00:00:00Z' } } },
      },
    ],
    ...more,
  },
});

test('static pods as a real cluster sees them', { skip: missing('go', 'etcd'), timeout: 30 * 60_000 }, async (t) => {
  const cluster = await startCluster(t, {
    controllers: ['daemonset-controller'],
    knownTokens: names.map((name) => `token-${name},system:node:${name},${name},"system:nodes"`),
  });
  const startHost = (name: string) => {
    const identity = { kind: 'token', token: `token-${name}` } as const;
    const access = { servers: cluster.urls, caPem: cluster.caPem, identity };
    return startRegisteredHost(t, { nodeName: name, access, showsPods: true });
  };
  /** The mirror, once it is as it should be. */
  const mirror = (name: string, isRight: (pod: Pod) => boolean = () => true) =>
    until(
      async () => {
        const pod = await podOf(cluster, name);
        return pod !== undefined && isRight(pod) && pod;
      },
      { what: `the mirror pod ${name}` },
    );
  const podRequestsOf = async (name: string) =>
    (await cluster.requests(`system:node:${name}`)).filter(({ resource }) => resource.startsWith('pods'));

  await t.test('have a mirror as the kubelet makes it, with their status as it is', async (t) => {
    const host = startHost('shown');
    // The controller manager writes the status of new pods on a Node that is not ready.
    host.network({ state: 'ready', podCIDRs: undefined, hostPorts: 'runtime' });
    await until(
      async () => {
        const { conditions = [] } = (await get<Node>(cluster, '/api/v1/nodes/shown'))?.status ?? {};
        return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
      },
      { what: 'the Node is ready' },
    );
    const pod = staticPod('shown');
    host.pod('default/web-shown', running(pod));
    const made = await mirror('web-shown', ({ status }) => status?.phase === 'Running');
    const node = await get<Node>(cluster, '/api/v1/nodes/shown');
    const hash = pod.metadata.uid;
    t.match(made, {
      metadata: {
        labels: { app: 'web' },
        annotations: {
          'kubernetes.io/config.hash': hash,
          'kubernetes.io/config.mirror': hash,
          'kubernetes.io/config.source': 'file',
        },
        ownerReferences: [
          { apiVersion: 'v1', kind: 'Node', name: 'shown', uid: node?.metadata?.uid, controller: true },
        ],
      },
      spec: { nodeName: 'shown', tolerations: [{ operator: 'Exists', effect: 'NoExecute' }] },
      status: {
        phase: 'Running',
        podIP: '10.1.0.2',
        podIPs: [{ ip: '10.1.0.2' }],
        hostIPs: [{ ip: '10.0.0.1' }],
        startTime: '2026-01-01T00:00:00Z',
        containerStatuses: [{ name: 'main', ready: true, containerID: 'docker://1' }],
      },
    });
    const shown = await cluster.kubectl('get', 'pods', '-A', '--no-headers');
    t.match(shown.stdout, /default\s+web-shown\s+1\/1\s+Running\s+0/);
    const counted = Object.groupBy(await podRequestsOf('shown'), ({ verb, resource }) => `${verb} ${resource}`);
    const { 'patch pods/status': patches = [], ...others } = counted;
    t.same(
      Object.entries(others).map(([what, requests]) => `${what}: ${requests?.length}`),
      ['list pods: 1', 'watch pods: 1', 'create pods: 1'],
    );
    t.ok(patches.length <= 2, 'one for its status, and one where the controller manager was sooner');
    await t.test('which follows every change', async (t) => {
      const at = '2026-01-01T00:01:00Z';
      const conditions = [condition('Initialized', 'True'), condition('Ready', 'False', at)];
      host.pod('default/web-shown', running(pod, { conditions, podIP: '10.1.0.3', podIPs: [{ ip: '10.1.0.3' }] }));
      const { status } = await mirror('web-shown', (seen) => seen.status?.podIP === '10.1.0.3');
      t.same(status?.podIPs, [{ ip: '10.1.0.3' }]);
      t.match(status?.conditions, [
        { type: 'Initialized', status: 'True' },
        { type: 'Ready', status: 'False', lastTransitionTime: at },
      ]);
      t.equal(status?.conditions?.length, 2);
    });
    await t.test('which is put right when somebody else writes it', async () => {
      const path = '/api/v1/namespaces/default/pods/web-shown/status';
      await cluster.call('PATCH', path, { status: { podIP: '10.9.9.9', podIPs: [{ ip: '10.9.9.9' }] } });
      await mirror('web-shown', (seen) => seen.status?.podIP === '10.1.0.3');
    });
    await t.test('which is made again when somebody deletes it', async () => {
      const before = await mirror('web-shown');
      await cluster.kubectl('delete', 'pod', 'web-shown', '--wait=false');
      await mirror(
        'web-shown',
        (seen) => seen.metadata?.uid !== before.metadata?.uid && seen.status?.phase === 'Running',
      );
    });
    await t.test('which goes with the pod', async () => {
      host.pod('default/web-shown', undefined);
      await until(async () => (await podOf(cluster, 'web-shown')) === undefined, { what: 'the mirror is gone' });
    });
  });

  await t.test('have another mirror when their manifest is edited', async (t) => {
    const host = startHost('edited');
    host.pod('default/web-edited', running(staticPod('edited')));
    const before = await mirror('web-edited');
    const edited = staticPod('edited', manifest({ hostNetwork: true }));
    host.pod('default/web-edited', running(edited));
    const after = await mirror('web-edited', ({ spec }) => spec?.hostNetwork === true);
    t.not(after.metadata?.uid, before.metadata?.uid);
    t.equal(after.metadata?.annotations?.['kubernetes.io/config.mirror'], edited.metadata.uid);
  });

  await t.test('that went while nobody looked leave no mirror', async () => {
    const first = startHost('orphaned');
    first.pod('default/web-orphaned', running(staticPod('orphaned')));
    await mirror('web-orphaned');
    await first.stop();
    startHost('orphaned');
    await until(async () => (await podOf(cluster, 'web-orphaned')) === undefined, { what: 'the mirror is gone' });
  });

  await t.test('whose mirror is refused are told once, and shown when it no longer is', async (t) => {
    const host = startHost('refusing');
    const pod = staticPod('refusing', manifest({}, { namespace: 'later' }));
    host.pod('later/web-refusing', running(pod));
    const told = () => host.events.list().filter(({ reason }) => reason === 'MirrorPodRefused');
    await until(() => told().length > 0, { what: 'the event' });
    t.match(told(), [{ message: /namespaces "later" not found/, count: 1, subject: { uid: pod.metadata.uid } }]);
    await cluster.kubectl('create', 'namespace', 'later');
    const path = '/api/v1/namespaces/later/pods/web-refusing';
    await until(async () => (await get<Pod>(cluster, path))?.status?.phase === 'Running', {
      what: 'the mirror',
      within: 60_000,
    });
    t.match(told(), [{ count: 1 }]);
  });

  await t.test('are beside pods of a DaemonSet that are never run, and end when they are deleted', async (t) => {
    const host = startHost('foreign');
    const template = {
      metadata: { labels: { app: 'proxy' } },
      spec: {
        nodeSelector: { 'kubernetes.io/hostname': 'foreign' },
        tolerations: [{ operator: 'Exists' }],
        containers: [{ name: 'proxy', image: 'proxy:1' }],
      },
    };
    await until(() => get<Node>(cluster, '/api/v1/nodes/foreign'), { what: 'the Node' });
    await cluster.call('POST', '/apis/apps/v1/namespaces/kube-system/daemonsets', {
      metadata: { name: 'proxy' },
      spec: { selector: { matchLabels: { app: 'proxy' } }, template },
    });
    const pods = '/api/v1/namespaces/kube-system/pods';
    const made = async (isOther: (pod: Pod) => boolean) => {
      const list = await get<{ items: Pod[] }>(cluster, pods);
      return list?.items.find((pod) => pod.metadata?.name?.startsWith('proxy-') === true && isOther(pod));
    };
    const pod = await until(() => made(() => true), { what: 'the pod of the DaemonSet' });
    const name = pod.metadata?.name ?? '';
    // What the scheduler does, which the lab has none of.
    await cluster.call('POST', `${pods}/${name}/binding`, {
      metadata: { name },
      target: { apiVersion: 'v1', kind: 'Node', name: 'foreign' },
    });
    const told = () => host.events.list().filter(({ reason }) => reason === 'NotRunByBootlet');
    await until(() => told().length > 0, { what: 'the event' });
    t.match(told(), [{ count: 1, subject: { name, uid: pod.metadata?.uid } }]);
    await cluster.kubectl('-n', 'kube-system', 'delete', 'pod', name, '--wait=false');
    await until(async () => (await get<Pod>(cluster, `${pods}/${name}`)) === undefined, { what: 'it is gone' });
    await until(() => made(({ metadata }) => metadata?.uid !== pod.metadata?.uid), { what: 'the next one' });
  });

  await t.test('catch up when the apiserver was away', async (t) => {
    const host = startHost('away');
    const pod = staticPod('away');
    host.pod('default/web-away', running(pod));
    await mirror('web-away', ({ status }) => status?.phase === 'Running');
    const [apiserver] = cluster.apiservers;
    await apiserver?.end();
    host.pod('default/web-away', running(pod, { podIP: '10.1.0.9', podIPs: [{ ip: '10.1.0.9' }] }));
    host.events.report({
      ...{ type: 'Normal', reason: 'Pulled', message: 'while it was away' },
      subject: { kind: 'Pod', namespace: 'default', name: 'web-away', uid: pod.metadata.uid ?? '' },
    });
    await apiserver?.start();
    await mirror('web-away', ({ status }) => status?.podIP === '10.1.0.9');
    const { stdout } = await until(
      async () => {
        const described = await cluster.kubectl('describe', 'pod', 'web-away');
        return described.stdout.includes('while it was away') && described;
      },
      { what: 'the event' },
    );
    t.match(stdout, /Normal\s+Pulled\s+\S+.*bootlet/);
  });

  await t.test('tell the cluster what happens to them, and count what happens again', async (t) => {
    const host = startHost('told');
    const report = (message: string) =>
      host.events.report({ type: 'Warning', reason: 'BackOff', message, subject: { kind: 'Node', name: 'told' } });
    report('again');
    report('again');
    report('again');
    const events = await until(
      async () => {
        const list = await get<EventList>(cluster, '/api/v1/namespaces/default/events');
        const own = list?.items.filter(({ reason, source }) => reason === 'BackOff' && source?.host === 'told');
        return own?.[0]?.count === 3 && own;
      },
      { what: 'the event' },
    );
    const node = await get<Node>(cluster, '/api/v1/nodes/told');
    t.match(events, [
      {
        metadata: { name: /^told\.[0-9a-f]+$/ },
        involvedObject: { apiVersion: 'v1', kind: 'Node', name: 'told', uid: node?.metadata?.uid },
        source: { component: 'bootlet', host: 'told' },
        reportingComponent: 'bootlet',
        reportingInstance: 'told',
        message: 'again',
        type: 'Warning',
      },
    ]);
    t.equal(events.length, 1);
  });
});
