import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Reader, Writer } from '../../reconcile/store.ts';
import type { ListWatchHandler } from '../apiserver/list-watch.ts';
import { boundPodType } from '../resources.ts';

export interface BoundPodsOptions {
  readonly nodeName: string;
  readonly store: Reader;
  readonly pods: Writer<Pod>;
  readonly listed: Writer<true>;
}

/**
 * The pods that the cluster has bound to this Node, as the watch tells and as the answers to own requests tell sooner: what
 * was just made must not look missing until the watch has come so far, and be made again.
 */
export class BoundPods implements ListWatchHandler<Pod> {
  readonly #options: BoundPodsOptions;

  constructor(options: BoundPodsOptions) {
    this.#options = options;
  }

  replaced(items: readonly Pod[]): void {
    const { nodeName, store, pods, listed } = this.#options;
    const uids = new Set(items.map(uidOf));
    for (const { id } of store.list(boundPodType)) if (!uids.has(id)) pods.remove(id);
    for (const pod of items) pods.put(uidOf(pod), pod);
    listed.put(nodeName, true);
  }

  /** Also for what an own request was answered with. An older state than the one that is known is left out. */
  changed(pod: Pod): void {
    const { store, pods } = this.#options;
    const known = store.get(boundPodType, uidOf(pod));
    if (known === undefined || versionOf(pod) >= versionOf(known)) pods.put(uidOf(pod), pod);
  }

  removed(pod: Pod): void {
    this.gone(uidOf(pod));
  }

  gone(uid: string): void {
    this.#options.pods.remove(uid);
  }
}

export const uidOf = (pod: Pod): string => pod.metadata?.uid ?? '';

/** Versions of one kind are numbers that grow (apimachinery CompareResourceVersion, since Kubernetes 1.35). */
const versionOf = (pod: Pod): bigint => {
  const version = pod.metadata?.resourceVersion ?? '';
  return /^\d+$/.test(version) ? BigInt(version) : 0n;
};
