import { parseQuantity, type Quantity } from '../../kubernetes/quantity.ts';
import type { Draft } from './schema/types.ts';

type Totals = Map<string, Quantity>;

const defaultNamespace = 'kubernetes.io/';

export const isHugePages = (name: string) => name.startsWith('hugepages-');
/** Without a domain, or within kubernetes.io. */
export const isNative = (name: string) => !name.includes('/') || name.includes(defaultNamespace);
export const isOvercommitAllowed = (name: string) => isNative(name) && !isHugePages(name);
export const isPodLevelResource = (name: string) => name === 'cpu' || name === 'memory' || isHugePages(name);

/** Whether a pod has resources of its own, beside those of its containers (component-helpers/resource IsPodLevelResourcesSet). */
export const hasPodLevelResources = ({ resources }: Draft<'PodSpec'>): boolean =>
  Object.keys({ ...resources?.requests, ...resources?.limits }).some(isPodLevelResource);

const zero: Quantity = { nano: 0n, format: 'decimal' };

const add = (totals: Totals, list: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(list)) {
    const quantity = parseQuantity(text) ?? zero;
    const before = totals.get(name) ?? zero;
    // A sum is written as what it began with (apimachinery resource Quantity.Add).
    const { format } = before.nano === 0n ? quantity : before;
    totals.set(name, { format, nano: before.nano + quantity.nano });
  }
};

const raise = (totals: Totals, other: Totals): void => {
  for (const [name, quantity] of other) if (quantity.nano > (totals.get(name)?.nano ?? -1n)) totals.set(name, quantity);
};

/**
 * What a pod's containers need at most at any one time (KEP-753): all main containers and sidecars together, or an
 * init container with the sidecars started before it.
 */
export const aggregate = (spec: Draft<'PodSpec'>, kind: 'requests' | 'limits'): Totals => {
  const running: Totals = new Map();
  const sidecars: Totals = new Map();
  const initialising: Totals = new Map();
  for (const container of spec.containers ?? []) add(running, container.resources?.[kind] ?? {});
  for (const container of spec.initContainers ?? []) {
    const list = container.resources?.[kind] ?? {};
    const during: Totals = new Map(sidecars);
    add(during, list);
    if (container.restartPolicy === 'Always') {
      add(running, list);
      add(sidecars, list);
    }
    raise(initialising, during);
  }
  raise(running, initialising);
  return running;
};
