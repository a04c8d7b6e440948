import { type PodStatus, podStatusType } from '../pods/resources.ts';
import type { Pod } from '../pods/v1.ts';
import type { Resource } from '../reconcile/resource.ts';
import type { Reader } from '../reconcile/store.ts';
import { ageOf } from './age.ts';
import { changesOf } from './changes.ts';
import type { Collection } from './collection.ts';
import { column } from './column.ts';
import { summaryOf } from './pod-summary.ts';

/** A pod as it is served: the store's version is its resourceVersion. */
export type ServedPod = Omit<Pod, 'metadata'> & {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: Pod['metadata'] & { readonly resourceVersion: string };
};

const served = ({ version, value: { pod } }: Pick<Resource<PodStatus>, 'version' | 'value'>): ServedPod => ({
  ...pod,
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { ...pod.metadata, resourceVersion: String(version) },
});

const columns = [
  column<ServedPod>('Name', 'Name of the pod', ({ metadata }) => metadata.name),
  column<ServedPod>('Ready', 'Ready containers of all', (pod, now) => {
    const { readyContainers, containers } = summaryOf(pod, now);
    return `${readyContainers}/${containers}`;
  }),
  column<ServedPod>('Status', 'What the pod is about', (pod, now) => summaryOf(pod, now).status),
  column<ServedPod>('Restarts', 'Restarts of its containers', (pod, now) => summaryOf(pod, now).restarts),
  column<ServedPod>('Age', 'Time since the pod was made', ({ metadata }, now) =>
    ageOf(metadata.creationTimestamp, now),
  ),
  column<ServedPod>('IP', 'Address of the pod', ({ status }) => status?.podIP ?? '<none>', 1),
  column<ServedPod>('Node', 'Where it runs', ({ spec }) => spec.nodeName ?? '<none>', 1),
  column<ServedPod>('Nominated Node', 'Unused for static pods', () => '<none>', 1),
  column<ServedPod>('Readiness Gates', 'Unused for static pods', () => '<none>', 1),
];

export const podCollection = (store: Reader): Collection<ServedPod> => {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    resource: 'pods',
    fields: {
      'metadata.name': ({ metadata }) => metadata.name,
      'metadata.namespace': ({ metadata }) => metadata.namespace,
      'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
      'status.phase': ({ status }) => status?.phase ?? '',
    },
    columns,
    version: () => store.version,
    list: () => store.list(podStatusType).map(served),
    changes: changesOf(store, podStatusType, served),
  };
};
