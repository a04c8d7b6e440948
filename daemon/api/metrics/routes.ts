import type { FastifyInstance } from 'fastify';
import type { NodeMeters } from '../../node/meters.ts';
import type { PodMeters } from '../../pods/stats/meters.ts';
import type { Stats } from '../../pods/stats/stats.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { Reader } from '../../reconcile/store.ts';
import { cadvisorMetrics } from './cadvisor.ts';
import { clusterMetrics } from './cluster.ts';
import { processMetrics, storeMetrics } from './daemon.ts';
import type { Metric } from './metric.ts';
import { resourceMetrics } from './resource.ts';

export interface MetricsSources {
  readonly store: Reader;
  readonly nodeName: string;
  readonly stats: Pick<Stats, 'usage' | 'groups' | 'summary'>;
  readonly meters: PodMeters;
  readonly nodeMeters: NodeMeters;
  readonly clock: Clock;
}

/** Metrics and statistics on the kubelet's paths. `/metrics` has all; the paths below it, what the kubelet has there. */
export const serveMetrics = (app: FastifyInstance, sources: MetricsSources): void => {
  const { store, nodeName, stats, meters, nodeMeters, clock } = sources;
  const probes = [meters.probeTotal, meters.probeDuration];
  const resources = async () => resourceMetrics(await stats.usage());
  const cadvisor = async () => cadvisorMetrics(await stats.groups());
  /** Both know some of containers by one name; cadvisor tells more of them. */
  const both = async (): Promise<readonly Metric[]> => {
    const groups = await cadvisor();
    const names = new Set(groups.map(({ name }) => name));
    return [...(await resources()).filter(({ name }) => !names.has(name)), ...groups];
  };
  const serve = (path: string, collect: () => Promise<readonly Metric[]>): void => {
    app.get(path, async (_request, reply) => {
      const { render } = await import('./render.ts');
      const { contentType, text } = await render(await collect());
      return reply.type(contentType).send(text);
    });
  };
  serve('/metrics', async () => [
    ...storeMetrics(store, nodeName),
    ...clusterMetrics(store),
    ...processMetrics(clock.now()),
    ...Object.values(meters),
    ...Object.values(nodeMeters),
    ...(await both()),
  ]);
  serve('/metrics/resource', resources);
  serve('/metrics/cadvisor', cadvisor);
  serve('/metrics/probes', async () => probes);
  app.get('/stats/summary', async () => stats.summary());
};
