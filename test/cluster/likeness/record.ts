import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Node, Pod } from 'kubernetes-types/core/v1.d.ts';
import { tokenKubeconfig } from '../../lab/cluster/token-kubeconfig.ts';
import { type Cluster, startCluster } from '../../lab/cluster.ts';
import { freePorts } from '../../lab/free-ports.ts';
import { labImages } from '../../lab/images.ts';
import { realKubelets } from '../../lab/kubelet.ts';
import { run } from '../../lab/run.ts';
import { until } from '../../lab/until.ts';
import { isSettled, nodeLikeness, podLikeness } from './likeness.ts';
import { type LikenessCase, likenessCases } from './pods.ts';

/**
 * Writes fixtures/kubelet.json: what a real kubelet of the lab, on containerd, tells a real apiserver of the pods of
 * likeness/pods.ts, and of its Node. To be run by hand, as root, when those change: `node test/cluster/likeness/record.ts`.
 */
const NAME = 'recorded';
const TOKEN = 'token-of-the-kubelet';
/** The kubelet looks again at a pod whose container waits after a minute or so. */
const PATIENCE_MS = 5 * 60_000;

const teardowns: (() => unknown)[] = [];
const scope = { teardown: (end: () => unknown) => void teardowns.push(end) };

const settledPod = ({ call }: Cluster, name: string, one: LikenessCase): Promise<Pod> =>
  until(
    async () => {
      const { code, body } = await call('GET', `/api/v1/namespaces/default/pods/${name}-${NAME}`);
      return code === 200 && isSettled(body as Pod, one) && (body as Pod);
    },
    { what: `${name} has settled`, within: PATIENCE_MS },
  );

const record = async (): Promise<void> => {
  const cluster = await startCluster(scope, { knownTokens: [`${TOKEN},system:node:${NAME},${NAME},"system:nodes"`] });
  const kubelets = await realKubelets(scope, { images: await labImages() });
  const dir = await mkdtemp(join(tmpdir(), 'bl-record-'));
  scope.teardown(() => rm(dir, { recursive: true, force: true }));
  const [manifests, kubeconfig] = [join(dir, 'manifests'), join(dir, 'kubelet.conf')];
  await mkdir(manifests);
  for (const [name, { manifest }] of likenessCases) await writeFile(join(manifests, `${name}.json`), manifest);
  await writeFile(kubeconfig, tokenKubeconfig(cluster, TOKEN), { mode: 0o600 });
  const [port = 0] = await freePorts(1);
  const start = await kubelets.prepare({
    config: { staticPodPath: manifests, port, healthzPort: 0 },
    flags: ['--kubeconfig', kubeconfig, '--hostname-override', NAME, '--cert-dir', dir],
  });
  start();
  const pods = await Promise.all(
    [...likenessCases].map(async ([name, one]) => [name, podLikeness(await settledPod(cluster, name, one))] as const),
  );
  const { body } = await cluster.call('GET', `/api/v1/nodes/${NAME}`);
  const runtime = (await run('containerd', ['--version'])).trim();
  const origin = `kubelet v1.36.3 beside ${runtime}, cgroup v1, recorded ${new Date().toISOString().slice(0, 10)}`;
  const answers = { origin, node: nodeLikeness(body as Node), pods: Object.fromEntries(pods) };
  await writeFile(join(import.meta.dirname, 'fixtures/kubelet.json'), `${JSON.stringify(answers, null, 2)}\n`);
};

try {
  await record();
} finally {
  for (const end of teardowns.toReversed()) await end();
}
process.exit();
