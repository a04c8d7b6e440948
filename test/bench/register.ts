import { startCluster } from '../lab/cluster.ts';
import type { Bench } from './bench.ts';
import { type NodeBirth, watchNodes } from './node-birth.ts';
import { bootletSide, kubeletSide, type NodeSide } from './node-side.ts';
import { median, ms, rounded } from './rounds.ts';
import { signedToken } from './signed-token.ts';

interface Times {
  readonly created: number[];
  readonly ready: number[];
}

/**
 * From exec of the process, on a host that has a bootstrap token and the cluster's authority, until its Node is there,
 * and until that is Ready; the peer is the kubelet, at the same control plane in the same run. What it costs to find the
 * authority out by cluster-info instead is told beside it.
 */
export const register: Bench = async (scope, { rounds, floorOnly }) => {
  const cluster = await startCluster(scope);
  const token = await signedToken(cluster);
  const born = await watchNodes(cluster);
  const sides = {
    kubelet: await kubeletSide(scope, cluster),
    ...(floorOnly
      ? {}
      : { ca: await bootletSide(scope, cluster, 'ca'), info: await bootletSide(scope, cluster, 'cluster-info') }),
  };
  const taken = new Map<string, Times>();
  for (let round = 0; round <= rounds; round += 1) {
    const turns = Object.entries(sides);
    for (const [name, side] of round % 2 === 0 ? turns : turns.toReversed()) {
      const times = taken.get(name) ?? { created: [], ready: [] };
      taken.set(name, times);
      const { created, ready } = await birth(born, side, `${name}-${round}`, token);
      await cluster.call('DELETE', `/api/v1/nodes/${name}-${round}`);
      // The first of each warms caches.
      if (round === 0) continue;
      times.created.push(created);
      times.ready.push(ready);
    }
  }
  const of = (name: string, what: keyof Times) => {
    const values = taken.get(name)?.[what] ?? [];
    return values.length === 0 ? null : rounded(median(values));
  };
  const ratio = (what: keyof Times) => {
    const [own, peer] = [of('ca', what), of('kubelet', what)];
    return own === null || peer === null ? null : rounded(own / peer, 3);
  };
  return {
    rounds,
    kubeletCreatedMs: of('kubelet', 'created'),
    bootletCreatedMs: of('ca', 'created'),
    createdRatio: ratio('created'),
    kubeletReadyMs: of('kubelet', 'ready'),
    bootletReadyMs: of('ca', 'ready'),
    readyRatio: ratio('ready'),
    byClusterInfoCreatedMs: of('info', 'created'),
    byClusterInfoReadyMs: of('info', 'ready'),
  };
};

const birth = async (
  born: (nodeName: string) => Promise<NodeBirth>,
  side: NodeSide,
  nodeName: string,
  token: string,
): Promise<{ created: number; ready: number }> => {
  const start = await side.prepare(nodeName, token);
  const from = process.hrtime.bigint();
  const child = start();
  const { created, ready } = await born(nodeName).catch((cause: unknown) => {
    throw new Error(`${nodeName}:\n${child.output().join('\n')}`, { cause });
  });
  await child.end('SIGTERM');
  return { created: ms(from, created), ready: ms(from, ready) };
};
