import { wholeName } from '../../runtime/image-reference.ts';
import type { ListedImage } from '../../runtime/runtime.ts';
import type { PulledImage } from './pulled-images.ts';

export interface CandidatesInput {
  readonly pulled: readonly PulledImage[];
  /** All images of the host. */
  readonly listed: readonly ListedImage[];
  /** Names and ids that are needed. */
  readonly pinned: ReadonlySet<string>;
  /** When an image was last seen in use, by id, ms since the epoch. */
  readonly lastUsed: ReadonlyMap<string, number>;
  readonly now: number;
  /** An image that was pulled less long ago may be about to be used. */
  readonly minAgeMs: number;
}

/** A pulled image that nobody needs. */
export interface Candidate {
  readonly pulled: PulledImage;
  /** What to remove: its name, or, where a later pull took the name away, its id. */
  readonly reference: string;
  readonly sizeBytes: number;
}

/** The images that may go, the one that was not used for the longest time first (pkg/kubelet/images/image_gc_manager.go). */
export const candidatesOf = (input: CandidatesInput): readonly Candidate[] => {
  const { pulled, listed, lastUsed, now, minAgeMs } = input;
  const byId = new Map(listed.map((image) => [image.id, image]));
  const pinnedIds = new Set(listed.filter((image) => isPinned(image, input.pinned)).map(({ id }) => id));
  const usedAt = ({ id, pulledAt }: PulledImage): number => lastUsed.get(id) ?? pulledAt;
  return pulled
    .filter(({ name, id, pulledAt }) => !pinnedIds.has(id) && !input.pinned.has(name) && now - pulledAt >= minAgeMs)
    .toSorted((a, b) => usedAt(a) - usedAt(b) || a.pulledAt - b.pulledAt)
    .flatMap((one) => {
      const image = byId.get(one.id);
      const reference = image === undefined ? undefined : referenceOf(one, image);
      return image === undefined || reference === undefined
        ? []
        : [{ pulled: one, reference, sizeBytes: image.sizeBytes }];
    });
};

const namesOf = ({ names, digests }: ListedImage): readonly string[] => [...names, ...digests].map(wholeName);

const isPinned = (image: ListedImage, pinned: ReadonlySet<string>): boolean =>
  pinned.has(image.id) || namesOf(image).some((name) => pinned.has(name));

/** Undefined when it has other names only, which somebody else gave it. */
const referenceOf = ({ name, id }: PulledImage, image: ListedImage): string | undefined => {
  if (namesOf(image).includes(name)) return name;
  return image.names.length === 0 ? id : undefined;
};
