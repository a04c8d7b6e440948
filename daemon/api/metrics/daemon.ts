import { settingStatusType } from '../../network/resources.ts';
import { containerType, manifestStatusType, podSpecType, podStatusType } from '../../pods/resources.ts';
import type { Reader } from '../../reconcile/store.ts';
import type { Labels, Series } from '../../reconcile/tally.ts';
import type { PlainMetric } from './metric.ts';

/** How many there are of each value of one label. */
const countBy = (label: string, values: readonly string[]): readonly Series<number>[] =>
  [...Map.groupBy(values, (value) => value)].map(([value, all]) => ({ labels: { [label]: value }, value: all.length }));

const single = (value: number, labels: Labels = {}): readonly Series<number>[] => [{ labels, value }];

/** What can be read off the store: under the kubelet's names where it has one (pkg/kubelet/metrics). */
export const storeMetrics = (store: Reader, nodeName: string): readonly PlainMetric[] => {
  const pods = store.list(podStatusType).map(({ value }) => value.pod);
  const settings = store.list(settingStatusType);
  const [sandboxes = [], containers = []] = ['sandbox', 'container'].map((kind) =>
    store.list(containerType).flatMap(({ value }) => (value.kind === kind ? [value] : [])),
  );
  return [
    {
      type: 'gauge',
      name: 'bootlet_pods',
      help: 'Pods by status.phase.',
      series: countBy(
        'phase',
        pods.map(({ status }) => status?.phase ?? 'Pending'),
      ),
    },
    {
      type: 'gauge',
      name: 'bootlet_manifests',
      help: 'Files of the manifest folder by what became of them.',
      series: countBy(
        'state',
        store.list(manifestStatusType).map(({ value }) => value.state),
      ),
    },
    {
      type: 'gauge',
      name: 'bootlet_host_settings',
      help: 'Settings of the host by state.',
      series: countBy(
        'state',
        settings.map(({ value }) => value.state),
      ),
    },
    {
      type: 'counter',
      name: 'bootlet_host_setting_repairs_total',
      help: 'How often a setting of the host that others had changed was put right.',
      series: settings.map(({ id, value }) => ({ labels: { setting: id }, value: value.repairs })),
    },
    {
      // The kubelet counts no restarts; this is the name by which dashboards know them (kube-state-metrics).
      type: 'counter',
      name: 'kube_pod_container_status_restarts_total',
      help: 'The number of container restarts per container.',
      series: pods.flatMap(({ metadata, status }) =>
        (status?.containerStatuses ?? []).map(({ name, restartCount }) => ({
          labels: {
            namespace: metadata.namespace ?? '',
            pod: metadata.name,
            uid: metadata.uid ?? '',
            container: name,
          },
          value: restartCount,
        })),
      ),
    },
    {
      type: 'gauge',
      name: 'kubelet_node_name',
      help: "The node's name. The count is always 1.",
      series: single(1, { node: nodeName }),
    },
    {
      type: 'gauge',
      name: 'kubelet_desired_pods',
      help: 'The number of pods that should run.',
      series: single(store.list(podSpecType).length, { static: 'true' }),
    },
    {
      type: 'gauge',
      name: 'kubelet_running_pods',
      help: 'Number of pods that have a running pod sandbox',
      series: single(sandboxes.filter(({ state }) => state === 'running').length),
    },
    {
      type: 'gauge',
      name: 'kubelet_running_containers',
      help: 'Number of containers by state.',
      series: countBy(
        'container_state',
        containers.map(({ state }) => state),
      ),
    },
  ];
};

/**
 * The process itself. prom-client's own process metrics are left out: its event-loop histogram ticks a hundred times a
 * second for as long as the process lives.
 * @param now ms since the epoch
 */
export const processMetrics = (now: number): readonly PlainMetric[] => {
  const { user, system } = process.cpuUsage();
  return [
    {
      type: 'counter',
      name: 'process_cpu_seconds_total',
      help: 'CPU time of the daemon, user and system.',
      series: single((user + system) / 1e6),
    },
    {
      type: 'gauge',
      name: 'process_resident_memory_bytes',
      help: 'Resident memory of the daemon.',
      series: single(process.memoryUsage.rss()),
    },
    {
      type: 'gauge',
      name: 'process_start_time_seconds',
      help: 'When the daemon started, seconds since the epoch.',
      series: single(Math.round(now / 1000 - process.uptime())),
    },
  ];
};
