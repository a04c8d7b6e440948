import { keptVolumesIn, ownAnnotation } from '../manifest/own-annotations.ts';
import type { Pod, Volume } from '../v1.ts';

/**
 * The emptyDirs that a pod takes over from the one that its manifest gave before: those that the annotation names,
 * separated by commas, or all of them with `true`. The kubelet has no such thing: there each edit begins with empty ones.
 */
export const keptEmptyDirs = ({ metadata, spec }: Pod): readonly Volume[] => {
  const kept = keptVolumesIn(metadata.annotations?.[ownAnnotation.keepEmptyDirs]);
  return (spec.volumes ?? []).filter(
    ({ emptyDir, name }) => emptyDir !== undefined && (kept === 'all' || kept.includes(name)),
  );
};
