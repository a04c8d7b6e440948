import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { tokenKubeconfig } from '../lab/cluster/token-kubeconfig.ts';
import { type Cluster, startCluster } from '../lab/cluster.ts';
import { freePorts } from '../lab/free-ports.ts';
import { realKubelets } from '../lab/kubelet.ts';
import type { Scope } from '../lab/scope.ts';
import { until } from '../lab/until.ts';
import { manifest, podDocker, startPodHost } from '../support/pod-host.ts';
import { missing } from '../support/requires.ts';

const TOKEN = 'token-of-the-host';
const options = { skip: missing('dockerd', 'etcd', 'kubectl', 'go', 'containerd'), timeout: 30 * 60_000 };

const newFolder = async (scope: Scope): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'bl-node-'));
  scope.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
};

const podOf = async ({ call }: Cluster, name: string): Promise<Pod | undefined> => {
  const { code, body } = await call('GET', `/api/v1/namespaces/default/pods/${name}`);
  return code === 200 ? (body as Pod) : undefined;
};

const podWhere = (cluster: Cluster, name: string, accepts: (pod: Pod) => boolean): Promise<Pod> =>
  until(
    async () => {
      const pod = await podOf(cluster, name);
      return pod !== undefined && accepts(pod) && pod;
    },
    { what: `${name} in the cluster as it should be`, within: 60_000 },
  );

const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;

/** A cluster whose apiserver knows a node by a token, as the classic guide has it. */
const clusterFor = (scope: Scope, nodeName: string): Promise<Cluster> =>
  startCluster(scope, { knownTokens: [`${TOKEN},system:node:${nodeName},${nodeName},"system:nodes"`] });

/** The daemon on a Docker, as a node of that name. */
const startNode = async (scope: Scope, cluster: Cluster, nodeName: string, manifests: Record<string, string>) => {
  const dir = await newFolder(scope);
  const [tokenFile, caFile] = [join(dir, 'token'), join(dir, 'ca.crt')];
  await writeFile(tokenFile, TOKEN, { mode: 0o600 });
  await writeFile(caFile, cluster.caPem, { mode: 0o644 });
  const settings = { servers: cluster.urls, auth: 'token', tokenFile, caFile };
  return startPodHost(scope, await podDocker(scope), { config: { nodeName, cluster: settings }, manifests });
};

test('the pods of a host, with the daemon and its Docker', options, async (t) => {
  const cluster = await clusterFor(t, 'host-1');
  const host = await startNode(t, cluster, 'host-1', { 'web.json': manifest() });
  const name = 'web-host-1';
  const shown = await podWhere(cluster, name, isReady);
  const containerOf = ({ status }: Pod) => status?.containerStatuses?.[0]?.containerID;

  await t.test('are what kubectl shows', async (t) => {
    const listed = await cluster.kubectl('get', 'pods', '-A', '--no-headers');
    t.match(listed.stdout, /^default\s+web-host-1\s+1\/1\s+Running\s+0/m);
    const { stdout } = await until(
      async () => {
        const described = await cluster.kubectl('describe', 'pod', name);
        return /Normal\s+Started\s+/.test(described.stdout) && described;
      },
      { what: 'its events' },
    );
    t.match(stdout, /Controlled By:\s+Node\/host-1/);
    t.match(stdout, /Container ID:\s+docker:\/\/[0-9a-f]{64}/);
    t.match(stdout, /Normal\s+Created\s+\S+\s+bootlet/);
    const node = await cluster.kubectl('describe', 'node', 'host-1');
    t.match(node.stdout, /Non-terminated Pods:\s+\(1 in total\)/);
    t.match(node.stdout, /Normal\s+NodeRegistered\s+\S+\s+bootlet/);
  });

  await t.test('run on when somebody deletes their mirrors, which are made again', async (t) => {
    await cluster.kubectl('delete', 'pod', name, '--wait=false');
    const again = await podWhere(cluster, name, (pod) => pod.metadata?.uid !== shown.metadata?.uid && isReady(pod));
    t.equal(containerOf(again), containerOf(shown));
  });

  await t.test('run on while the apiserver is away, and what happened meanwhile is told afterwards', async (t) => {
    const [apiserver] = cluster.apiservers;
    await apiserver?.end();
    await host.drop('new.json', manifest({ name: 'new' }));
    const before = await until(
      async () => {
        const found = (await host.containers()).filter((one) => one.state === 'running');
        return found.length === 4 && found;
      },
      { what: 'the new pod runs without the apiserver' },
    );
    await pass(60_000);
    t.same((await host.containers()).toSorted(byId), before.toSorted(byId), 'nothing was touched');
    await apiserver?.start();
    await podWhere(cluster, 'new-host-1', isReady);
    const still = await podOf(cluster, name);
    t.equal(still && containerOf(still), containerOf(shown));
  });

  await t.test('have a new mirror when their manifest is edited', async (t) => {
    const before = await podOf(cluster, name);
    const container = { env: [{ name: 'A', value: 'b' }] };
    await host.drop('web.json', manifest({ container }));
    const after = await podWhere(cluster, name, (pod) => pod.metadata?.uid !== before?.metadata?.uid && isReady(pod));
    t.match(after.spec?.containers[0], container);
    t.not(containerOf(after), containerOf(shown));
  });

  await t.test('go from the cluster once they have ended', async () => {
    await host.take('new.json');
    await until(async () => (await podOf(cluster, 'new-host-1')) === undefined, {
      what: 'the mirror is gone',
      within: 30_000,
    });
  });

  await t.test('have no mirror left of what was removed while the daemon was down', async () => {
    await host.stop();
    await host.take('web.json');
    await host.start();
    await until(async () => (await podOf(cluster, name)) === undefined, { what: 'the mirror is gone', within: 30_000 });
  });
});

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);

/** What no two pods have the same: when, and as which object. */
const comparable = ({ metadata, spec }: Pod): unknown => {
  const {
    uid,
    creationTimestamp,
    resourceVersion,
    managedFields,
    annotations = {},
    ownerReferences,
    ...rest
  } = metadata ?? {};
  const { 'kubernetes.io/config.hash': hash, 'kubernetes.io/config.mirror': mirror, ...others } = annotations;
  return {
    metadata: {
      ...rest,
      annotations: { ...others, 'kubernetes.io/config.seen': typeof others['kubernetes.io/config.seen'] },
      isOfItsHash: hash === mirror && /^[0-9a-f]{32}$/.test(hash ?? ''),
      ownerReferences: ownerReferences?.map(({ uid: nodeUid, ...owner }) => ({ ...owner, hasUid: nodeUid !== '' })),
    },
    spec,
  };
};

const MANIFESTS = {
  plain: manifest({ name: 'plain' }),
  rich: JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'rich', labels: { tier: 'a' }, annotations: { 'example.com/x': 'y' } },
    spec: {
      priorityClassName: 'system-node-critical',
      tolerations: [{ key: 'a', operator: 'Exists' }],
      securityContext: { runAsNonRoot: false },
      initContainers: [{ name: 'first', image: 'lab/busybox:1', restartPolicy: 'Always' }],
      containers: [
        {
          name: 'main',
          image: 'lab/busybox:1',
          ports: [{ containerPort: 80, hostPort: 18080 }],
          env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
          resources: { requests: { cpu: '0.1', memory: '64Mi' }, limits: { memory: '0.5Gi' } },
          livenessProbe: { httpGet: { path: '/', port: 80 } },
          lifecycle: { preStop: { exec: { command: ['true'] } } },
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [
        { name: 'data', emptyDir: {} },
        { name: 'host', hostPath: { path: '/tmp' } },
        { name: 'info', downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
      ],
    },
  }),
};

test('a mirror pod is field by field what a real kubelet makes of the same manifest', options, async (t) => {
  const cluster = await clusterFor(t, 'same');
  const names = Object.keys(MANIFESTS).map((name) => `${name}-same`);
  const mirrors = () => Promise.all(names.map((name) => podWhere(cluster, name, () => true)));
  const dir = await newFolder(t);
  const files = Object.entries(MANIFESTS);
  await Promise.all(files.map(([name, text]) => writeFile(join(dir, `${name}.json`), text)));
  const secrets = await newFolder(t);
  await writeFile(join(secrets, 'kubelet.conf'), tokenKubeconfig(cluster, TOKEN), { mode: 0o600 });
  const [port = 0] = await freePorts(1);
  const kubelets = await realKubelets(t);
  const start = await kubelets.prepare({
    config: { staticPodPath: dir, port, healthzPort: 0 },
    flags: ['--kubeconfig', join(secrets, 'kubelet.conf'), '--hostname-override', 'same', '--cert-dir', secrets],
  });
  const kubelet = start();
  const expected = await mirrors();
  await kubelet.end('SIGKILL');
  for (const name of names) await cluster.kubectl('delete', 'pod', name, '--force', '--grace-period=0');
  await cluster.kubectl('delete', 'node', 'same');

  await startNode(t, cluster, 'same', Object.fromEntries(files.map(([name, text]) => [`${name}.json`, text])));
  const actual = await mirrors();
  for (const [n, name] of names.entries())
    t.same(actual.slice(n, n + 1).map(comparable), expected.slice(n, n + 1).map(comparable), name);
});
