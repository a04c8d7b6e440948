import type { Reader } from '../../reconcile/store.ts';
import type { ObservedContainer } from '../../runtime/runtime.ts';
import { hostPortStateType, podNetworkType } from '../../shared-resources.ts';
import { allContainersOf, type PodView } from '../plan/observed.ts';
import type { Stop } from '../plan/steps.ts';
import {
  containerType,
  folderOwnerType,
  hookKey,
  hookResultType,
  type ImageState,
  imageStateType,
  podAdmissionType,
  podKey,
  podSpecType,
  podStatusType,
  probeKey,
  probeResultType,
  restartRequestType,
  sandboxRenewalType,
} from '../resources.ts';
import { volumesOf } from '../volumes/prepared.ts';
import type { Failures } from './failures.ts';
import { firstSeenAt } from './first-seen.ts';

/** Which pod a container belongs to. */
export const podOfContainer = (container: ObservedContainer): string => podKey(container.pod);

export const containersOf = (store: Reader, key: string): readonly ObservedContainer[] =>
  store.list(containerType).flatMap((c) => (podOfContainer(c.value) === key ? [c.value] : []));

/** Key of an image request: one container of one pod, or its sandbox: ''. */
export const imageKey = (uid: string, container: string): string => `${uid}/${container}`;

export interface ViewExtras {
  readonly stops: ReadonlyMap<string, Stop>;
  readonly failures: Failures;
  readonly sandboxImage: string | undefined;
  readonly now: number;
}

/** Collects from the store what concerns one pod name. */
export const viewOf = (store: Reader, key: string, { stops, failures, sandboxImage, now }: ViewExtras): PodView => {
  const wanted = store.get(podSpecType, key);
  const owner = store.list(folderOwnerType).find((o) => o.value.contestedBy !== undefined)?.value.contestedBy;
  const images = new Map<string, ImageState>();
  for (const name of wanted === undefined ? [] : ['', ...allContainersOf(wanted.pod).map((c) => c.name)]) {
    const state = store.get(imageStateType, imageKey(wanted?.uid ?? '', name));
    if (state !== undefined) images.set(name, state);
  }
  const admission = store.get(podAdmissionType, key);
  const seen = containersOf(store, key);
  const restartBefore = store.get(restartRequestType, key)?.at ?? 0;
  return {
    wanted,
    admission: admission?.uid === wanted?.uid ? admission : undefined,
    seen,
    sandboxImage,
    images,
    volumes: wanted === undefined ? undefined : volumesOf(store, wanted),
    podNetwork: store.list(podNetworkType)[0]?.value,
    hostPorts: wanted === undefined ? undefined : store.get(hostPortStateType, wanted.uid),
    renewedSandbox: store.list(sandboxRenewalType)[0]?.value.current?.sandboxId,
    hook: (containerId, kind) => store.get(hookResultType, hookKey(containerId, kind)),
    probe: (containerId, kind) => store.get(probeResultType, probeKey(containerId, kind)),
    stops,
    failures: wanted === undefined ? new Map() : failures.of(wanted.uid),
    removals: failures.removals,
    startedAt: firstSeenAt(store.get(podStatusType, key)?.pod, seen, wanted?.uid ?? '', now),
    // One that lies in the future would never be done: the clock was set back since.
    restartBefore: restartBefore > now ? 0 : restartBefore,
    hold: owner === undefined ? undefined : `${owner.what} reads the same manifest folder`,
    now,
  };
};
