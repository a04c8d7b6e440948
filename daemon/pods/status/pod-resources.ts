import { formatQuantity, parseQuantity } from '../../kubernetes/quantity.ts';
import { aggregate, isPodLevelResource } from '../manifest/resource-list.ts';
import type { Pod, PodSpec } from '../v1.ts';
import { resourcesStatus } from './container-spec-status.ts';

type Quantities = Record<string, string>;

/** What a pod asks for as a whole: its own resources where it names them, else what its containers need together (kubelet_pods.go getEffectiveAllocatedResources). */
export const podResourcesStatus = ({
  spec,
}: Pod): Pick<NonNullable<Pod['status']>, 'resources' | 'allocatedResources'> =>
  resourcesStatus(effective(spec, 'requests'), effective(spec, 'limits'));

const effective = (spec: PodSpec, kind: 'requests' | 'limits'): Quantities | undefined => {
  const totals = aggregate(spec, kind);
  for (const [name, text] of Object.entries(spec.resources?.[kind] ?? {})) {
    const quantity = parseQuantity(text);
    if (quantity !== undefined && isPodLevelResource(name)) totals.set(name, quantity);
  }
  if (totals.size === 0) return undefined;
  return Object.fromEntries([...totals].map(([name, quantity]) => [name, formatQuantity(quantity)]));
};
