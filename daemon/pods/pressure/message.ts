import { formatQuantity, parseQuantity, unitsOf } from '../manifest/quantity.ts';
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
  if (resource !== 'memory') return low;
  const containers = spec.pod.spec.containers.flatMap(({ name, resources }) => {
    const quantity = parseQuantity(resources?.requests?.['memory'] ?? '0');
    const request = quantity === undefined ? 0 : Number(unitsOf(quantity));
    const usage = stats?.containers.find((container) => container.name === name)?.memory?.workingSetBytes ?? 0;
    if (usage <= request) return [];
    return `Container ${name} was using ${show(usage, met.signal)}, request is ${show(request, met.signal)}, has larger consumption of ${resource}. `;
  });
  return low + containers.join('');
};
