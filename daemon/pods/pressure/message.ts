import { formatQuantity, parseQuantity } from '../../kubernetes/quantity.ts';
import { unitsIn } from '../create/quantities.ts';
import type { ContainerStats } from '../stats/v1alpha1.ts';
import type { Candidate } from './rank.ts';
import { type MetThreshold, signals } from './thresholds.ts';

const show = (amount: number, signal: string): string => {
  const whole = Math.max(0, Math.floor(amount));
  // Bytes are shown in binary units where they come out even, as Kubernetes does.
  const text =
    signal.endsWith('.available') && signal !== 'pid.available' && whole % 1024 === 0
      ? `${whole / 1024}Ki`
      : `${whole}`;
  const quantity = parseQuantity(text);
  return quantity === undefined ? text : formatQuantity(quantity);
};

/** Why a pod was evicted, in the kubelet's words (pkg/kubelet/eviction/helpers.go evictionMessage). */
export const evictionMessage = ({ spec, stats }: Candidate, met: MetThreshold): string => {
  const { resource } = signals[met.signal];
  const low = `The node was low on resource: ${resource}. Threshold quantity: ${show(met.threshold, met.signal)}, available: ${show(met.available, met.signal)}. `;
  if (stats === undefined) return low;
  const larger = (what: string, usage: number, request: number): string =>
    `${what} was using ${show(usage, met.signal)}, request is ${show(request, met.signal)}, has larger consumption of ${resource}. `;
  const ofPod = spec.pod.spec.resources?.requests?.['memory'];
  const pod =
    resource === 'memory' && ofPod !== undefined && stats.memory !== undefined
      ? larger(`Pod ${spec.name}`, stats.memory.workingSetBytes, unitsIn(ofPod))
      : '';
  const declared = [...spec.pod.spec.containers, ...(spec.pod.spec.initContainers ?? [])];
  const containers = stats.containers.flatMap((container) => {
    const { name, resources } = declared.find((one) => one.name === container.name) ?? {};
    const usage = usageOf(container, resource);
    const request = unitsIn(resources?.requests?.[resource]);
    return name === undefined || usage === undefined || usage <= request
      ? []
      : larger(`Container ${name}`, usage, request);
  });
  return low + pod + containers.join('');
};

const usageOf = ({ memory, rootfs, logs }: ContainerStats, resource: string): number | undefined => {
  if (resource === 'memory') return memory?.workingSetBytes;
  if (resource !== 'ephemeral-storage' || rootfs?.usedBytes === undefined || logs?.usedBytes === undefined)
    return undefined;
  return rootfs.usedBytes + logs.usedBytes;
};
