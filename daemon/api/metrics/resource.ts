import type { ContainerStats, PodStats, Summary, UsageStats } from '../../pods/stats/v1alpha1.ts';
import type { Labels } from '../../reconcile/tally.ts';
import { type Measure, measured, type PlainMetric } from './metric.ts';

const cpuSeconds = ({ cpu }: UsageStats): number | undefined => cpu && cpu.usageCoreNanoSeconds / 1e9;
const workingSet = ({ memory }: UsageStats): number | undefined => memory?.workingSetBytes;
const swap = (stats: UsageStats): number | undefined => stats.swap?.swapUsageBytes;

/** The kubelet's /metrics/resource for a node, a pod or a container (pkg/kubelet/metrics/collectors/resource_metrics.go). */
const usageOf = (what: 'node' | 'pod' | 'container'): readonly Measure<UsageStats>[] => [
  {
    type: 'counter',
    name: `${what}_cpu_usage_seconds_total`,
    help: `Cumulative cpu time consumed by the ${what} in core-seconds`,
    of: cpuSeconds,
  },
  {
    type: 'gauge',
    name: `${what}_memory_working_set_bytes`,
    help: `Current working set of the ${what} in bytes`,
    of: workingSet,
  },
  { type: 'gauge', name: `${what}_swap_usage_bytes`, help: `Current swap usage of the ${what} in bytes.`, of: swap },
];

const containerMeasures: readonly Measure<ContainerStats>[] = [
  ...usageOf('container'),
  {
    type: 'gauge',
    name: 'container_start_time_seconds',
    help: 'Start time of the container since unix epoch in seconds',
    of: ({ startTime }) => Date.parse(startTime) / 1000,
  },
];

/** The usage of the node, its pods and their containers as metrics. A failure fails the whole answer, so that none is told of here. */
export const resourceMetrics = ({ node, pods }: Summary): readonly PlainMetric[] => [
  ...['resource_scrape_error', 'scrape_error'].map((name) => ({
    type: 'gauge' as const,
    name,
    help: '1 if there was an error while getting container metrics, 0 otherwise',
    series: [{ labels: {}, value: 0 }],
  })),
  ...measured(usageOf('node'), [{ labels: {}, measured: node }]),
  ...measured(
    usageOf('pod'),
    pods.map((stats) => ({ labels: labelsOf(stats), measured: stats })),
  ),
  ...measured(
    containerMeasures,
    pods.flatMap((pod) =>
      pod.containers.map((stats) => ({ labels: { container: stats.name, ...labelsOf(pod) }, measured: stats })),
    ),
  ),
];

const labelsOf = ({ podRef: { name, namespace } }: PodStats): Labels => ({ pod: name, namespace });
