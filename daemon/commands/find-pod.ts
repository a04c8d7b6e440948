import type { ServedPod } from '../api/pods.ts';
import { BootletError } from '../errors.ts';
import type { Client } from './client.ts';

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The pod that a person means: `NAME` or `NAMESPACE/NAME`, with or without the node's name at its end.
 * @throws BootletError E_NOT_FOUND; E_USAGE when it may be more than one
 */
export const findPod = async (client: Client, wanted: string): Promise<PodName> => {
  const [name = '', namespace] = wanted.split('/').reverse();
  const { items } = await client.get<{ items: readonly ServedPod[] }>('/api/v1/pods');
  const pods = items.map(({ metadata, spec }) => ({
    namespace: metadata.namespace,
    name: metadata.name,
    node: (spec.nodeName ?? '').toLowerCase(),
  }));
  const here = pods.filter((pod) => namespace === undefined || pod.namespace === namespace);
  const exact = here.filter((pod) => pod.name === name);
  const found = exact.length > 0 ? exact : here.filter((pod) => pod.name === `${name}-${pod.node}`);
  const [first, ...more] = found;
  if (first === undefined) {
    const names = pods.map((pod) => `${pod.namespace}/${pod.name}`).join(', ');
    throw new BootletError('E_NOT_FOUND', `there is no pod ${wanted}`, {
      hint: names === '' ? 'there are no pods' : `there are: ${names}`,
    });
  }
  if (more.length === 0) return first;
  const names = found.map((pod) => `${pod.namespace}/${pod.name}`).join(' or ');
  throw new BootletError('E_USAGE', `more than one pod is called ${wanted}`, { hint: `say ${names}` });
};

export const pathOf = ({ namespace, name }: PodName): string =>
  `namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
