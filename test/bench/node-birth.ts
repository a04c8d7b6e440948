import type { Node } from 'kubernetes-types/core/v1.d.ts';
import type { Cluster } from '../lab/cluster.ts';

const LONGEST_MS = 120_000;

/** When somebody who watches the Nodes of a cluster hears of one, ns. */
export interface NodeBirth {
  readonly created: bigint;
  readonly ready: bigint;
}

/** Gives what resolves once the Node of a name, which there was not before, is Ready. */
export const watchNodes = async (cluster: Cluster): Promise<(nodeName: string) => Promise<NodeBirth>> => {
  const created = new Map<string, bigint>();
  const awaited = new Map<string, (birth: NodeBirth) => void>();
  await cluster.watch('/api/v1/nodes', ({ object }) => {
    const now = process.hrtime.bigint();
    const { metadata: { name = '' } = {}, status } = object as Node;
    const first = created.get(name) ?? now;
    created.set(name, first);
    const isReady = status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
    if (isReady) awaited.get(name)?.({ created: first, ready: now });
  });
  return (nodeName) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${nodeName} is not ready`)), LONGEST_MS);
      awaited.set(nodeName, (birth) => {
        clearTimeout(timer);
        resolve(birth);
      });
    });
};
