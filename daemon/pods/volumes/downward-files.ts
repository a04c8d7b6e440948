import { posix } from 'node:path';
import { type DownwardFacts, fieldValue, resourceValue } from '../create/downward.ts';
import type { DownwardAPIVolumeFile, Pod, Volume } from '../v1.ts';
import type { PublishedFiles } from './published-folder.ts';

/** Kubernetes' default for both kinds. */
const DEFAULT_MODE = 0o644;
/** Without addresses: a volume cannot hold them (they are not known when it is made). */
export type VolumeFacts = Pick<DownwardFacts, 'allocatable'>;

/**
 * What a downwardAPI or projected volume shows; undefined for all other volumes. Of several files at one path the last
 * counts. @throws BootletError E_CONTAINER_CONFIG for a field that is none of the downward API
 */
export const downwardFiles = (
  { downwardAPI, projected }: Volume,
  pod: Pod,
  facts: VolumeFacts,
): PublishedFiles | undefined => {
  if (downwardAPI !== undefined) return filesOf(downwardAPI.items, downwardAPI.defaultMode, pod, facts);
  if (projected === undefined) return undefined;
  const items = (projected.sources ?? []).flatMap((source) => source.downwardAPI?.items ?? []);
  return filesOf(items, projected.defaultMode, pod, facts);
};

const filesOf = (
  items: readonly DownwardAPIVolumeFile[] | undefined,
  defaultMode: number | undefined,
  pod: Pod,
  facts: VolumeFacts,
): PublishedFiles =>
  new Map(
    (items ?? []).map((item) => [
      posix.normalize(item.path),
      { text: textOf(item, pod, facts), mode: item.mode ?? defaultMode ?? DEFAULT_MODE },
    ]),
  );

const textOf = ({ fieldRef, resourceFieldRef }: DownwardAPIVolumeFile, pod: Pod, facts: VolumeFacts): string => {
  if (fieldRef !== undefined) return fieldValue(pod, fieldRef.fieldPath, { podIPs: [], hostIPs: [] });
  return resourceFieldRef === undefined ? '' : resourceValue(pod, undefined, resourceFieldRef, facts);
};

/** Whether the volume shows the pod's annotations, among which is when the pod was first seen. */
export const showsAnnotations = ({ downwardAPI, projected }: Volume): boolean =>
  [...(downwardAPI?.items ?? []), ...(projected?.sources ?? []).flatMap((s) => s.downwardAPI?.items ?? [])].some(
    ({ fieldRef }) => fieldRef?.fieldPath.startsWith('metadata.annotations') ?? false,
  );
