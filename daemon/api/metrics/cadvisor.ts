import type { InterfaceUsage } from '../../host/net-dev.ts';
import type { MeasuredGroup } from '../../pods/stats/cadvisor.ts';
import { type Measure, measured, type PlainMetric } from './metric.ts';

const gauge = { type: 'gauge' } as const;
const counter = { type: 'counter' } as const;
const seconds = (nanoseconds: number | undefined): number | undefined => nanoseconds && nanoseconds / 1e9;

/** The kernel tells of all CPUs together. */
const cpuMeasures: readonly Measure<MeasuredGroup>[] = [
  {
    ...counter,
    name: 'container_cpu_usage_seconds_total',
    help: 'Cumulative cpu time consumed in seconds.',
    of: ({ usage }) => seconds(usage.cpuNanoseconds),
  },
];

/** Names and words of cadvisor (github.com/google/cadvisor/metrics). */
const groupMeasures: readonly Measure<MeasuredGroup>[] = [
  {
    ...gauge,
    name: 'container_start_time_seconds',
    help: 'Start time of the container since unix epoch in seconds.',
    of: ({ startedAt }) => startedAt / 1000,
  },
  {
    ...counter,
    name: 'container_cpu_cfs_periods_total',
    help: 'Number of elapsed enforcement period intervals.',
    of: ({ usage }) => usage.throttling?.periods,
  },
  {
    ...counter,
    name: 'container_cpu_cfs_throttled_periods_total',
    help: 'Number of throttled period intervals.',
    of: ({ usage }) => usage.throttling?.throttledPeriods,
  },
  {
    ...counter,
    name: 'container_cpu_cfs_throttled_seconds_total',
    help: 'Total time duration the container has been throttled.',
    of: ({ usage }) => seconds(usage.throttling?.throttledNanoseconds),
  },
  {
    ...gauge,
    name: 'container_memory_usage_bytes',
    help: 'Current memory usage in bytes, including all memory regardless of when it was accessed',
    of: ({ usage }) => usage.memory?.usage,
  },
  {
    ...gauge,
    name: 'container_memory_working_set_bytes',
    help: 'Current working set in bytes.',
    of: ({ usage }) => usage.memory?.workingSet,
  },
  {
    ...gauge,
    name: 'container_memory_rss',
    help: 'Size of RSS in bytes.',
    of: ({ usage }) => usage.memory?.rss,
  },
  {
    ...gauge,
    name: 'container_memory_cache',
    help: 'Number of bytes of page cache memory.',
    of: ({ usage }) => usage.memory?.cache,
  },
  {
    ...gauge,
    name: 'container_memory_swap',
    help: 'Container swap usage in bytes.',
    of: ({ usage }) => usage.memory?.swap,
  },
];

const interfaceMeasures: readonly Measure<InterfaceUsage>[] = (
  [
    ['receive_bytes', 'bytes received', 'rxBytes'],
    ['receive_packets', 'packets received', 'rxPackets'],
    ['receive_packets_dropped', 'packets dropped while receiving', 'rxDropped'],
    ['receive_errors', 'errors encountered while receiving', 'rxErrors'],
    ['transmit_bytes', 'bytes transmitted', 'txBytes'],
    ['transmit_packets', 'packets transmitted', 'txPackets'],
    ['transmit_packets_dropped', 'packets dropped while transmitting', 'txDropped'],
    ['transmit_errors', 'errors encountered while transmitting', 'txErrors'],
  ] as const
).map(([name, what, key]) => ({
  ...counter,
  name: `container_network_${name}_total`,
  help: `Cumulative count of ${what}`,
  of: (usage) => usage[key],
}));

/** The pods' control groups as cadvisor shows them in the kubelet's /metrics/cadvisor. */
export const cadvisorMetrics = (groups: readonly MeasuredGroup[]): readonly PlainMetric[] => [
  ...measured(
    cpuMeasures,
    groups.map((group) => ({ labels: { ...group.labels, cpu: 'total' }, measured: group })),
  ),
  ...measured(
    groupMeasures,
    groups.map((group) => ({ labels: { ...group.labels }, measured: group })),
  ),
  ...measured(
    interfaceMeasures,
    groups.flatMap(({ labels, interfaces }) =>
      interfaces.map((usage) => ({ labels: { ...labels, interface: usage.name }, measured: usage })),
    ),
  ),
];
