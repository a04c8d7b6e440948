import { test } from 'tap';
import { cadvisorMetrics } from '../../../../daemon/api/metrics/cadvisor.ts';
import { measuredGroups } from '../../../../daemon/pods/stats/cadvisor.ts';
import type { GroupUsage, Sample } from '../../../../daemon/pods/stats/sampler.ts';
import { podStats, type RunningPod } from '../../../../daemon/pods/stats/summary.ts';
import { wanted } from '../../../support/pod-admission.ts';
import { aRun } from '../../../support/pod-builders.ts';

const aGroup = (path: string, cpuNanoseconds: number): GroupUsage => ({
  path,
  cpuNanoseconds,
  memory: { usage: 9, workingSet: 5, rss: 3, cache: 2, pageFaults: 0, majorPageFaults: 0 },
});

const eth0 = {
  name: 'eth0',
  rxBytes: 1,
  rxPackets: 2,
  rxErrors: 3,
  rxDropped: 4,
  txBytes: 5,
  txPackets: 6,
  txErrors: 7,
  txDropped: 8,
};

const aSample = (more: Partial<Sample> = {}): Sample => ({
  at: 1000,
  node: {
    cpuNanoseconds: 0,
    memory: { capacity: 0, usage: 0, workingSet: 0, rss: 0, pageFaults: 0, majorPageFaults: 0 },
    swap: { total: 0, usage: 0 },
    pids: { max: 1, used: 1 },
    bootedAt: 0,
  },
  nodeInterfaces: [],
  containers: new Map([
    ['box', aGroup('/kubepods/podu/box', 1e9)],
    ['run', aGroup('/kubepods/podu/run', 2e9)],
  ]),
  pods: new Map([['web-1', aGroup('/kubepods/podu', 7e9)]]),
  interfaces: new Map([['box', [eth0]]]),
  ...more,
});

const { pod } = wanted('web');
const running: RunningPod = {
  pod,
  sandbox: aRun({ id: 'box', kind: 'sandbox', image: 'pause' }),
  containers: [aRun({ id: 'run', container: 'main', image: 'app:1' })],
};

test("a pod's CPU time is its own group's, which keeps that of containers that ended", (t) => {
  const now = aSample();
  t.equal(podStats(running, { now, before: now }).cpu?.usageCoreNanoSeconds, 7e9);
  t.end();
});

test('a pod without a group of its own has no CPU time, which would fall with each end of a container', (t) => {
  const now = aSample({ pods: new Map() });
  const stats = podStats(running, { now, before: now });
  t.equal(stats.cpu, undefined);
  t.equal(stats.memory?.workingSetBytes, 10);
  t.equal(stats.swap, undefined, 'what no group tells is left out');
  t.end();
});

test('a pod of whose groups nothing can be read has no memory, rather than none in use', (t) => {
  const now = aSample({ pods: new Map(), containers: new Map() });
  t.equal(podStats(running, { now, before: now }).memory, undefined);
  t.end();
});

test("cadvisor's view has the pod's group, its sandbox as POD with the network, and each container", (t) => {
  const metrics = cadvisorMetrics(measuredGroups(running, aSample()));
  const seriesOf = (name: string) => metrics.find((metric) => metric.name === name)?.series;
  const of = { pod: 'web-n', namespace: 'default' };
  const box = { id: '/kubepods/podu/box', name: 'box', image: 'pause', container: 'POD', ...of };
  t.same(seriesOf('container_cpu_usage_seconds_total'), [
    { labels: { id: '/kubepods/podu', name: '', image: '', container: '', ...of, cpu: 'total' }, value: 7 },
    { labels: { ...box, cpu: 'total' }, value: 1 },
    {
      labels: { id: '/kubepods/podu/run', name: 'run', image: 'app:1', container: 'main', ...of, cpu: 'total' },
      value: 2,
    },
  ]);
  t.same(seriesOf('container_network_receive_errors_total'), [{ labels: { ...box, interface: 'eth0' }, value: 3 }]);
  t.same(seriesOf('container_memory_swap'), []);
  t.end();
});
