import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Node, Pod } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { startCluster } from '../lab/cluster.ts';
import { isReady, startMemberHost } from '../lab/member-host.ts';
import { until } from '../lab/until.ts';
import { missing } from '../support/requires.ts';
import { nodeLikeness, podLikeness } from './likeness/likeness.ts';
import { isTimed, likenessCases } from './likeness/pods.ts';

/** What likeness/record.ts wrote. */
interface Answers {
  readonly node: Readonly<Record<string, unknown>> & { readonly nodeInfo: object; readonly conditions: object[] };
  readonly pods: Readonly<Record<string, unknown>>;
}

/** Known to be ready also by the node lifecycle controller, and with its images. */
const isWhole = (node: Node): boolean =>
  isReady(node) &&
  node.status?.images !== undefined &&
  node.spec?.taints?.some(({ key }) => key === 'node.kubernetes.io/not-ready') !== true;

const options = { skip: missing('dockerd', 'etcd', 'kubectl', 'go'), timeout: 30 * 60_000 };

test('what the cluster sees of a host is field by field what a real kubelet tells', options, async (t) => {
  const file = join(import.meta.dirname, 'likeness/fixtures/kubelet.json');
  const kubelet: Answers = JSON.parse(await readFile(file, 'utf8'));
  const cluster = await startCluster(t);
  const [timed = [], others = []] = [true, false].map((is) =>
    [...likenessCases].filter(([, one]) => isTimed(one) === is),
  );
  const manifests = others.map(([name, { manifest }]) => [`${name}.json`, manifest] as const);
  const member = await startMemberHost(t, cluster, { manifests: Object.fromEntries(manifests) });
  const node = await member.nodeWhere('it is ready, with its images', isWhole);

  await t.test('of its Node, but for what a host of static pods has not', async (t) => {
    const { annotations, declaredFeatures, ...common } = kubelet.node;
    const [ready] = kubelet.node.conditions.slice(-1);
    t.same(nodeLikeness(node), {
      ...common,
      // No volume is attached, and no feature promised, for pods that the scheduler places: none of them starts here.
      annotations: undefined,
      taints: ['NoSchedule', 'NoExecute'].map((effect) => ({ key: 'bootlet.io/static-pods-only', effect })),
      // Nothing listens on port 10250 yet.
      daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
      nodeInfo: { ...kubelet.node.nodeInfo, kubeletVersion: 'v1.36.3+bootlet.@VERSION@' },
      conditions: [...kubelet.node.conditions.slice(0, -1), { ...ready, message: 'bootlet is posting ready status' }],
    });
  });

  const look = async (name: string): Promise<Pod | undefined> => {
    const path = `/api/v1/namespaces/default/pods/${name}-${member.bootlet.nodeName}`;
    const { code, body } = await cluster.call('GET', path);
    return code === 200 ? (body as Pod) : undefined;
  };
  const asKubelet = async (name: string): Promise<readonly [string, Pod | undefined]> => {
    const isAlike = async () => {
      const pod = await look(name);
      return pod !== undefined && isDeepStrictEqual(podLikeness(pod), kubelet.pods[name]) && pod;
    };
    const what = `${name} is as the kubelet has it`;
    return [name, await until(isAlike, { what, within: 300_000 }).catch(() => look(name))];
  };
  const first = await Promise.all(others.map(([name]) => asKubelet(name)));
  for (const [name, { manifest }] of timed) await member.bootlet.drop(`${name}.json`, manifest);
  const last = await Promise.all(timed.map(([name]) => asKubelet(name)));
  for (const [name, pod] of [...first, ...last])
    await t.test(`of the pod ${name}`, async (t) => t.same(pod && podLikeness(pod), kubelet.pods[name]));
});
