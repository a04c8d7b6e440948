import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, startCluster } from '../lab/cluster.ts';
import type { Bench } from './bench.ts';
import { watchNodes } from './node-birth.ts';
import { bootletSide, kubeletSide } from './node-side.ts';
import { usageOf } from './process-usage.ts';
import { rounded } from './rounds.ts';
import { signedToken } from './signed-token.ts';

/** What follows a registration is not the heartbeat yet. */
const QUIET_SECONDS = 30;

/**
 * What it costs to stay a node, with no pods: CPU of the daemon, and its requests as the apiserver counts them. The
 * kubelet stays one beside it for the same time.
 */
export const heartbeat: Bench = async (scope, options) => {
  const cluster = await startCluster(scope);
  const born = await watchNodes(cluster);
  const token = await signedToken(cluster);
  const sides = {
    bootlet: await bootletSide(scope, cluster, 'ca'),
    kubelet: await kubeletSide(scope, cluster),
  };
  const nodes = await Promise.all(
    Object.entries(sides).map(async ([name, side]) => {
      const start = await side.prepare(name, token);
      const { pid } = start();
      await born(name);
      return { name, pid };
    }),
  );
  await delay(QUIET_SECONDS * 1000);

  const [since, from] = [Date.now(), performance.now()];
  const before = await Promise.all(nodes.map(({ pid }) => usageOf(pid)));
  await delay(options.seconds * 1000);
  const after = await Promise.all(nodes.map(({ pid }) => usageOf(pid)));
  const seconds = (performance.now() - from) / 1000;
  const figures = await Promise.all(
    nodes.map(async ({ name }, n) => {
      const cpuSeconds = (after[n]?.cpuSeconds ?? 0) - (before[n]?.cpuSeconds ?? 0);
      return {
        [`${name}CpuPercent`]: rounded((100 * cpuSeconds) / seconds, 3),
        ...(await requestsPerMinute(cluster, name, since, seconds)),
      };
    }),
  );
  return Object.assign({ seconds: rounded(seconds) }, ...figures);
};

const requestsPerMinute = async (cluster: Cluster, nodeName: string, since: number, seconds: number) => {
  const requests = (await cluster.requests(`system:node:${nodeName}`)).filter(({ at }) => at >= since);
  const perMinute = (count: number) => rounded((60 * count) / seconds, 2);
  const of = (resource: string) => requests.filter((request) => request.resource === resource).length;
  return {
    [`${nodeName}RequestsPerMinute`]: perMinute(requests.length),
    [`${nodeName}LeasePerMinute`]: perMinute(of('leases')),
    [`${nodeName}StatusPerMinute`]: perMinute(of('nodes/status')),
    [`${nodeName}WatchPerMinute`]: perMinute(requests.filter(({ verb }) => verb === 'watch').length),
  };
};
