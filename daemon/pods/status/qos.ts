import { quantityIn } from '../create/quantities.ts';
import { hasPodLevelResources } from '../manifest/resource-list.ts';
import type { Pod, ResourceRequirements } from '../v1.ts';

const COUNTED = ['cpu', 'memory'] as const;

/** The QoS class by the cpu and memory of the pod itself, where it says any, else of its containers (pkg/apis/core/v1/helper/qos ComputePodQOS). */
export const qosClassOf = ({ spec }: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' => {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const counted = hasPodLevelResources(spec) ? [spec.resources ?? {}] : containers.map((c) => c.resources ?? {});
  const asks = counted.some((resources) =>
    COUNTED.some((name) => amount(resources, 'requests', name) > 0n || amount(resources, 'limits', name) > 0n),
  );
  if (!asks) return 'BestEffort';
  const guaranteed = counted.every((resources) =>
    COUNTED.every((name) => amount(resources, 'limits', name) > 0n && sameRequest(resources, name)),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
};

const amount = (resources: ResourceRequirements, kind: 'requests' | 'limits', name: string): bigint =>
  quantityIn(resources[kind]?.[name]).nano;

/** A request that is not given equals the limit. */
const sameRequest = (resources: ResourceRequirements, name: string): boolean =>
  resources.requests?.[name] === undefined || amount(resources, 'requests', name) === amount(resources, 'limits', name);
