import { formatQuantity, parseQuantity } from '../manifest/quantity.ts';
import { aggregate, isPodLevelResource } from '../manifest/resource-list.ts';
import type { Pod, PodSpec } from '../v1.ts';

type Quantities = Record<string, string>;

/** What a pod asks for as a whole: its own resources where it names them, else what its containers need together (kubelet_pods.go getEffectiveAllocatedResources). */
export const podResourcesStatus = ({
  spec,
}: Pod): Pick<NonNullable<Pod['status']>, 'resources' | 'allocatedResources'> => {
  const requests = effective(spec, 'requests');
  const limits = effective(spec, 'limits');
  return {
    ...(requests === undefined ? {} : { allocatedResources: requests }),
    resources: { ...(limits === undefined ? {} : { limits }), ...(requests === undefined ? {} : { requests }) },
  };
};

const effective = (spec: PodSpec, kind: 'requests' | 'limits'): Quantities | undefined => {
  const totals = aggregate(spec, kind);
  for (const [name, text] of Object.entries(spec.resources?.[kind] ?? {})) {
    const quantity = parseQuantity(text);
    if (quantity !== undefined && isPodLevelResource(name)) totals.set(name, quantity);
  }
  if (totals.size === 0) return undefined;
  return Object.fromEntries([...totals].map(([name, quantity]) => [name, formatQuantity(quantity)]));
};
