import { isDeepStrictEqual } from 'node:util';
import type { Node, NodeCondition } from 'kubernetes-types/core/v1.d.ts';
import { isSameQuantity } from './amounts.ts';
import type { OwnStatus } from './status.ts';

export interface StatusPatch {
  /** Whether it says more than that the host is alive. */
  readonly isChange: boolean;
  /** For `nodes/NAME/status`, as a strategic merge patch. */
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * What makes the Node's status that of the host: all of its own conditions, as the kubelet sends them, and of the rest what
 * differs. What others wrote there stays.
 * @param labels that the Node must have whatever others do to it
 */
export const statusPatch = (
  node: Node,
  desired: OwnStatus,
  labels: Readonly<Record<string, string>> = {},
): StatusPatch => {
  const { status = {}, metadata = {} } = node;
  const changes = {
    ...mapChange('capacity', status.capacity, desired.capacity),
    ...mapChange('allocatable', status.allocatable, desired.allocatable),
    ...infoChange(status.nodeInfo, desired.nodeInfo),
    // Its merge key is not unique, so that a merge would lose one of two addresses of a type (kubernetes#79391).
    ...(isDeepStrictEqual(status.addresses, desired.addresses)
      ? {}
      : { addresses: [...desired.addresses, { $patch: 'replace' }] }),
    ...(isDeepStrictEqual(status.images ?? [], desired.images ?? status.images ?? [])
      ? {}
      : { images: desired.images }),
    // Left by a kubelet that ran here before.
    ...((status.daemonEndpoints?.kubeletEndpoint?.Port ?? 0) === 0
      ? {}
      : { daemonEndpoints: { kubeletEndpoint: { Port: 0 } } }),
  };
  const wrong = Object.entries(labels).filter(([key, value]) => metadata.labels?.[key] !== value);
  const before = status.conditions ?? [];
  return {
    isChange: wrong.length > 0 || Object.keys(changes).length > 0 || conditionsDiffer(before, desired.conditions),
    body: {
      ...(wrong.length > 0 && { metadata: { labels: Object.fromEntries(wrong) } }),
      status: {
        ...changes,
        '$setElementOrder/conditions': conditionOrder(before, desired.conditions),
        conditions: desired.conditions,
      },
    },
  };
};

/** Those of others first, so that Ready is the last (kubernetes#16961). */
const conditionOrder = (
  before: readonly NodeCondition[],
  own: readonly NodeCondition[],
): readonly { readonly type: string }[] => {
  const others = before.filter(({ type }) => own.every((condition) => condition.type !== type));
  return [...others, ...own].map(({ type }) => ({ type }));
};

const conditionsDiffer = (before: readonly NodeCondition[], own: readonly NodeCondition[]): boolean =>
  own.some((condition) => {
    const last = before.find(({ type }) => type === condition.type);
    return !isDeepStrictEqual(withoutHeartbeat(condition), last && withoutHeartbeat(last));
  });

const withoutHeartbeat = ({ type, status, reason, message, lastTransitionTime }: NodeCondition): unknown => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime,
});

type Texts = Readonly<Record<string, string>>;

/** Sizes of huge pages that the host no longer has go; what others advertise on the Node stays. */
const mapChange = (field: string, before: Texts = {}, desired: Texts): Record<string, unknown> => {
  const changed = Object.entries(desired).filter(([name, text]) => !isSameQuantity(before[name], text));
  const gone = Object.keys(before).filter((name) => name.startsWith('hugepages-') && desired[name] === undefined);
  if (changed.length + gone.length === 0) return {};
  return { [field]: { ...Object.fromEntries(changed), ...Object.fromEntries(gone.map((name) => [name, null])) } };
};

const infoChange = (
  before: OwnStatus['nodeInfo'] | undefined,
  desired: OwnStatus['nodeInfo'],
): Record<string, unknown> => {
  const known: Readonly<Record<string, unknown>> = { swap: undefined, ...before };
  const wanted: Readonly<Record<string, unknown>> = { swap: undefined, ...desired };
  const changed = Object.entries(wanted).filter(([key, value]) => !isDeepStrictEqual(known[key], value));
  return changed.length === 0
    ? {}
    : { nodeInfo: Object.fromEntries(changed.map(([key, value]) => [key, value ?? null])) };
};
