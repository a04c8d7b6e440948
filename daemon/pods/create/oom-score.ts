import { isPodLevelResource } from '../manifest/resource-list.ts';
import { qosClassOf } from '../status/qos.ts';
import type { Container, Pod } from '../v1.ts';
import { podAmounts } from './pod-resources.ts';
import { unitsIn } from './quantities.ts';

/** The sandbox goes after all its containers. */
export const SANDBOX_OOM_SCORE_ADJ = -998;
const GUARANTEED = -997;
const BEST_EFFORT = 1000;

/**
 * How soon a container is killed when the host runs out of memory: -997 last, 1000 first; between them by what share of
 * the host's memory it asks for (pkg/kubelet/qos/policy.go).
 * @param memoryCapacity of the host, bytes
 */
export const oomScoreAdj = (pod: Pod, container: Container, memoryCapacity: number): number => {
  if (pod.spec.priorityClassName === 'system-node-critical') return GUARANTEED;
  const qos = qosClassOf(pod);
  if (qos === 'Guaranteed') return GUARANTEED;
  if (qos === 'BestEffort') return BEST_EFFORT;
  const asked = isSidecar(pod, container)
    ? Math.max(memoryRequest(container), Math.min(...(pod.spec.containers ?? []).map(memoryRequest)))
    : memoryRequest(container);
  const share = Math.floor((1000 * (asked + unsharedMemory(pod))) / memoryCapacity);
  return Math.min(BEST_EFFORT - 1, Math.max(1000 + GUARANTEED, 1000 - share));
};

const memoryRequest = (container: Container): number => unitsIn(container.resources?.requests?.['memory']);

/** A sidecar must outlive the containers it serves. */
const isSidecar = (pod: Pod, container: Container): boolean =>
  container.restartPolicy === 'Always' && (pod.spec.initContainers ?? []).some((c) => c.name === container.name);

/** What the pod asks for beyond its containers, in equal parts for each of them, bytes. */
const unsharedMemory = ({ metadata, spec }: Pod): number => {
  const { resources, overhead, ...rest } = spec;
  const ofPod = unitsIn(resources?.requests?.['memory']);
  if (ofPod === 0 || !Object.keys(resources?.requests ?? {}).some(isPodLevelResource)) return 0;
  const ofContainers = Number(podAmounts({ metadata, spec: rest }, 'requests').get('memory') ?? 0n);
  return Math.trunc((ofPod - ofContainers) / ((spec.containers ?? []).length + (spec.initContainers ?? []).length));
};
