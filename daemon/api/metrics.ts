import type { Registry } from 'prom-client';
import { manifestStatusType, podStatusType } from '../pods/resources.ts';
import type { Reader } from '../reconcile/store.ts';

/**
 * The metrics of the daemon. prom-client's own process metrics are left out: its event-loop histogram ticks a hundred
 * times a second for as long as the process lives.
 */
export const metricsOf = async (store: Reader): Promise<Registry> => {
  const { Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];

  new Gauge({
    name: 'bootlet_pods',
    help: 'Pods by status.phase.',
    labelNames: ['phase'],
    registers,
    collect() {
      this.reset();
      for (const { value } of store.list(podStatusType)) this.inc({ phase: value.pod.status?.phase ?? 'Pending' });
    },
  });
  new Gauge({
    name: 'bootlet_container_restarts',
    help: 'Restarts of each container of the present pods.',
    labelNames: ['namespace', 'pod', 'container'],
    registers,
    collect() {
      this.reset();
      for (const { value } of store.list(podStatusType)) {
        const { metadata, status } = value.pod;
        const of = { namespace: metadata?.namespace ?? '', pod: metadata?.name ?? '' };
        for (const c of status?.containerStatuses ?? []) this.set({ ...of, container: c.name }, c.restartCount);
      }
    },
  });
  new Gauge({
    name: 'bootlet_manifests',
    help: 'Files of the manifest folder by what became of them.',
    labelNames: ['state'],
    registers,
    collect() {
      this.reset();
      for (const { value } of store.list(manifestStatusType)) this.inc({ state: value.state });
    },
  });
  new Gauge({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the daemon, user and system.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.set((user + system) / 1e6);
    },
  });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the daemon.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the daemon started, seconds since the epoch.',
    registers,
    collect() {
      this.set(Math.round(Date.now() / 1000 - process.uptime()));
    },
  });
  return registry;
};
