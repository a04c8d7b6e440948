import type { HttpManifests, ManifestFolder } from '../resources.ts';

/** Why what was remembered of a path counts although its source does not show it now; undefined: it is gone for good. */
export type Standing = (path: string) => string | undefined;

/** A source that cannot be looked at takes nothing away, and one that is no longer configured takes all. */
export const standing =
  (folder: ManifestFolder, sources: readonly HttpManifests[]): Standing =>
  (path) => {
    if (path.startsWith('/')) return folder.state === 'present' ? undefined : folder.message;
    const source = sources.find(({ url }) => path.startsWith(`${url}#`));
    return source === undefined || source.state === 'available' ? undefined : source.message;
  };
