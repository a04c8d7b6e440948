import { aggregate, isPodLevelResource } from '../manifest/resource-list.ts';
import type { Pod } from '../v1.ts';
import { amountIn, amountOf } from './quantities.ts';

/** By resource name: cpu in thousandths, all else in whole units (bytes). */
export type Amounts = ReadonlyMap<string, bigint>;

/**
 * What a pod asks for or is limited to (k8s.io/component-helpers/resource PodRequests and PodLimits): its containers
 * together, what is said of the pod itself in their place, and its overhead on top.
 */
export const podAmounts = ({ spec }: Pod, kind: 'requests' | 'limits'): Amounts => {
  const amounts = new Map<string, bigint>();
  for (const [name, quantity] of aggregate(spec, kind)) amounts.set(name, amountOf(name, quantity));
  for (const [name, text] of Object.entries(spec.resources?.[kind] ?? {}))
    if (isPodLevelResource(name)) amounts.set(name, amountIn(name, text));
  for (const [name, text] of Object.entries(spec.overhead ?? {})) {
    const before = amounts.get(name) ?? 0n;
    // An overhead makes no limit where there is none.
    if (kind === 'requests' || before > 0n) amounts.set(name, before + amountIn(name, text));
  }
  return amounts;
};
