import { type ManifestStatus, manifestStatusType } from '../pods/resources.ts';
import type { Resource } from '../reconcile/resource.ts';
import type { Reader } from '../reconcile/store.ts';
import { changesOf } from './changes.ts';
import type { Collection } from './collection.ts';
import { column } from './column.ts';
import type { ObjectMeta } from './object.ts';

/** What became of a file of the manifest folder; its path is its name. */
export type ServedManifest = Omit<ManifestStatus, 'path'> & {
  readonly apiVersion: 'bootlet.io/v1alpha1';
  readonly kind: 'Manifest';
  readonly metadata: ObjectMeta;
};

const served = ({
  version,
  value: { path, ...rest },
}: Pick<Resource<ManifestStatus>, 'version' | 'value'>): ServedManifest => ({
  apiVersion: 'bootlet.io/v1alpha1',
  kind: 'Manifest',
  metadata: { name: path, resourceVersion: String(version) },
  ...rest,
});

const columns = [
  column<ServedManifest>('Name', 'Path of the file', ({ metadata }) => metadata.name),
  column<ServedManifest>('State', 'What became of it', ({ state, lastGood }) =>
    lastGood ? `${state} (last good runs)` : state,
  ),
  column<ServedManifest>('Pod', 'The pod it names', ({ pod }) => pod ?? '<none>'),
  column<ServedManifest>('Message', 'Why', ({ message }) => message),
];

export const manifestCollection = (store: Reader): Collection<ServedManifest> => {
  return {
    apiVersion: 'bootlet.io/v1alpha1',
    kind: 'Manifest',
    resource: 'manifests',
    fields: {
      'metadata.name': ({ metadata }) => metadata.name,
      state: ({ state }) => state,
      pod: ({ pod }) => pod ?? '',
    },
    columns,
    version: () => store.version,
    list: () => store.list(manifestStatusType).map(served),
    changes: changesOf(store, manifestStatusType, served),
  };
};
