import t, { test } from 'tap';
import type { PodStats, Summary } from '../../../daemon/pods/stats/v1alpha1.ts';
import { until } from '../../lab/until.ts';
import { isReady, manifest, type PodHost, podHosts, shell } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'busybox');
const startHost = podHosts(t, 'own');

const MEBIBYTE = 1024 * 1024;

const statsOf = async (host: PodHost): Promise<{ node: Summary['node']; pod: PodStats }> => {
  const { node, pods } = (await host.api('/stats/summary')).body as Summary;
  const pod = pods.find(({ podRef }) => podRef.name === host.podName('web'));
  if (pod === undefined) throw new Error('the pod is not in the summary');
  return { node, pod };
};

/** The value of the one series of a metric that has these labels. */
const metric = (text: string, name: string, ...labels: string[]): number => {
  const line = text.split('\n').find((one) => one.startsWith(`${name}{`) && labels.every((l) => one.includes(l)));
  return Number(line?.split(' ').at(-1));
};

test('what a container uses is in the summary and in the metrics', { skip }, async (t) => {
  const host = await startHost(t);
  const script =
    "dd if=/dev/zero of=/big bs=1M count=8; dd if=/dev/zero of=/data/file bs=1M count=4; echo done; trap 'exit 0' TERM; while :; do :; done";
  await host.drop(
    'web.yaml',
    manifest({
      container: {
        command: shell(script),
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
        readinessProbe: { exec: { command: ['test', '-f', '/data/file'] }, periodSeconds: 1 },
        resources: { limits: { memory: '64Mi', cpu: '100m' } },
      },
      spec: { hostNetwork: false, volumes: [{ name: 'data', emptyDir: {} }] },
    }),
  );
  await host.podWhere('ready', isReady);
  const { node, pod } = await until(
    async () => {
      const stats = await statsOf(host);
      return (stats.pod.containers[0]?.cpu?.usageNanoCores ?? 0) > 0 && stats;
    },
    { what: 'a rate', every: 500 },
  );
  const [container] = pod.containers;
  t.match(pod.podRef, { namespace: 'default', uid: String });
  t.equal(container?.name, 'main');
  t.ok((container?.cpu?.usageCoreNanoSeconds ?? 0) > 0);
  t.ok((container?.memory?.availableBytes ?? 0) < 64 * MEBIBYTE);
  t.ok((container?.rootfs?.usedBytes ?? 0) >= 8 * MEBIBYTE, 'what it wrote over its image');
  t.ok((container?.logs?.usedBytes ?? 0) > 0);
  t.ok((pod.volume?.[0]?.usedBytes ?? 0) >= 4 * MEBIBYTE);
  t.ok((pod['ephemeral-storage']?.usedBytes ?? 0) >= 12 * MEBIBYTE);
  t.ok((pod.memory?.workingSetBytes ?? 0) >= (container?.memory?.workingSetBytes ?? 0));
  t.equal(pod.network?.name, 'eth0');
  t.ok((node.memory?.availableBytes ?? 0) > 0);
  t.ok((node.fs?.capacityBytes ?? 0) > 0);
  t.ok((node.runtime?.imageFs?.capacityBytes ?? 0) > 0);

  const text = (await host.api('/metrics')).body as string;
  const own = [`pod="${host.podName('web')}"`, 'namespace="default"'];
  t.ok(metric(text, 'container_cpu_usage_seconds_total', ...own, 'container="main"') > 0);
  t.ok(metric(text, 'pod_memory_working_set_bytes', ...own) > 0);
  t.ok(metric(text, 'container_network_receive_bytes_total', ...own) >= 0);
  t.equal(metric(text, 'kube_pod_container_status_restarts_total', ...own), 0);
  t.ok(metric(text, 'prober_probe_total', ...own, 'probe_type="Readiness"', 'result="successful"') > 0);
  t.match(text, /^kubelet_pod_start_duration_seconds_count 1$/m);
  t.match(text, /^kubelet_running_pods 1$/m);
  t.equal((await host.cli('metrics')).stdout.includes('container_memory_working_set_bytes{'), true);
});

test('a pod in the network of the host has no traffic of its own', { skip }, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest());
  await host.podWhere('ready', isReady);
  t.equal((await statsOf(host)).pod.network, undefined);
});
