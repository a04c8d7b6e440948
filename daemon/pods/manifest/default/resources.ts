import { formatQuantity, parseQuantity } from '../../../kubernetes/quantity.ts';
import { aggregate, isHugePages, isOvercommitAllowed, isPodLevelResource } from '../resource-list.ts';
import type { Draft } from '../schema/types.ts';

type ResourceList = Record<string, string>;

const nanoPerMilli = 1_000_000n;

/** Kubernetes keeps thousandths and rounds anything finer away from zero. */
export const roundToMilli = (list: ResourceList | undefined): void => {
  for (const [name, text] of Object.entries(list ?? {})) {
    const quantity = parseQuantity(text);
    if (!quantity || quantity.nano % nanoPerMilli === 0n || !list) continue;
    const awayFromZero = quantity.nano > 0n ? 1n : -1n;
    const nano = (quantity.nano / nanoPerMilli + awayFromZero) * nanoPerMilli;
    list[name] = formatQuantity({ nano, format: quantity.format === 'binary' ? 'decimal' : quantity.format });
  }
};

/** A limit without a request is also the request. */
export const defaultRequests = (container: Draft<'Container'>): void => {
  const limits = container.resources?.limits;
  if (container.resources && limits) container.resources.requests = { ...limits, ...container.resources.requests };
};

/** Pod-level resources (KEP-2837): what is not said of the pod follows from its containers, then from its limits. */
export const defaultPodResources = (spec: Draft<'PodSpec'>): void => {
  const resources = spec.resources;
  if (!resources || !(hasAny(resources.limits) || hasAny(resources.requests))) return;
  const limits = { ...resources.limits };
  for (const [name, quantity] of aggregate(spec, 'limits'))
    if (isHugePages(name) && resources.requests?.[name] === undefined) limits[name] ??= formatQuantity(quantity);
  if (!hasAny(limits)) return;
  resources.limits = limits;

  const requests = { ...resources.requests };
  for (const [name, quantity] of aggregate(spec, 'requests'))
    if (isPodLevelResource(name) && isOvercommitAllowed(name)) requests[name] ??= formatQuantity(quantity);
  for (const [name, limit] of Object.entries(limits)) if (isPodLevelResource(name)) requests[name] ??= limit;
  if (hasAny(requests)) resources.requests = requests;
};

const hasAny = (list: ResourceList | undefined) => Object.keys(list ?? {}).length > 0;
