import type { Reader } from '../../reconcile/store.ts';
import { wholeName } from '../../runtime/image-reference.ts';
import { containerType, httpManifestsType, manifestFileType, podSpecType } from '../resources.ts';
import type { Pod } from '../v1.ts';

/** Every image that a pod names: its containers', and those it mounts as volumes. */
const imagesOf = ({ spec }: Pod): readonly string[] =>
  [
    ...(spec.initContainers ?? []).map(({ image }) => image),
    ...spec.containers.map(({ image }) => image),
    ...(spec.volumes ?? []).map(({ image }) => image?.reference),
  ].filter((image) => image !== undefined);

/** One that is no image name pins nothing: it can never be pulled. */
const nameOf = (reference: string): readonly string[] => {
  try {
    return [wholeName(reference)];
  } catch {
    return [];
  }
};

/**
 * Names of the images that any manifest of the folder or of an address names, whether its pod runs, is stopped, waits or is in conflict with another,
 * and of the last good content that stands in for an invalid one; and the ids of those that containers were made from.
 */
export const pinnedImages = (store: Reader, alsoNamed: readonly string[]): ReadonlySet<string> => {
  const wanted = store.list(podSpecType).map(({ value }) => value.pod);
  const files = [
    ...store.list(manifestFileType).map(({ value }) => value),
    ...store.list(httpManifestsType).flatMap(({ value }) => value.files),
  ];
  const found = files.flatMap((file) => (file.state === 'valid' ? [file.pod.pod] : []));
  const names = [...new Set([...wanted, ...found].flatMap(imagesOf)), ...alsoNamed];
  return new Set([...names.flatMap(nameOf), ...store.list(containerType).map(({ value }) => value.imageId)]);
};
