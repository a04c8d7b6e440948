import { milliOf } from '../create/quantities.ts';
import type { Container, Pod } from '../v1.ts';

const COUNTED = ['cpu', 'memory'] as const;

/** The QoS class by the containers' cpu and memory (pkg/apis/core/helper/qos ComputePodQOS). */
export const qosClassOf = (pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' => {
  const containers = [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])];
  const asks = containers.some((c) =>
    COUNTED.some((name) => amount(c, 'requests', name) > 0 || amount(c, 'limits', name) > 0),
  );
  if (!asks) return 'BestEffort';
  const guaranteed = containers.every((c) =>
    COUNTED.every((name) => amount(c, 'limits', name) > 0 && sameRequest(c, name)),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
};

const amount = (container: Container, kind: 'requests' | 'limits', name: string): number =>
  milliOf(container.resources?.[kind]?.[name]);

/** A request that is not given equals the limit. */
const sameRequest = (container: Container, name: string): boolean =>
  container.resources?.requests?.[name] === undefined ||
  amount(container, 'requests', name) === amount(container, 'limits', name);
