import { posix } from 'node:path';
import type { Pod } from '../v1.ts';

/**
 * Folders that a read-only volume must have because a container mounts something else there: nothing can be made in it
 * later. Relative to the volume, and none below another (pkg/volume/util/nested_volumes.go).
 */
export const nestedMountPoints = (pod: Pod, volume: string): readonly string[] => {
  const points = [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])].flatMap(({ volumeMounts }) => {
    const mounts = (volumeMounts ?? []).map(({ name, mountPath }) => ({ name, path: posix.resolve('/', mountPath) }));
    return mounts
      .filter(({ name }) => name === volume)
      .flatMap(({ path }) =>
        mounts.filter((m) => m.path.startsWith(`${path}/`)).map((m) => m.path.slice(path.length + 1)),
      );
  });
  return [...new Set(points)].filter((point) => !points.some((other) => point.startsWith(`${other}/`)));
};
