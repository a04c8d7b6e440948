import type { ContainerImage } from 'kubernetes-types/core/v1.d.ts';

/** The kubelet's nodeStatusMaxImages and MaxNamesPerImageInNodeStatus. */
const MOST_IMAGES = 50;
const MOST_NAMES = 5;

/** An image of the host. */
export interface HostImage {
  readonly names: readonly string[];
  readonly digests: readonly string[];
  readonly sizeBytes: number;
}

/** The largest images, by which the scheduler places pods. One without a name is of no use to it. */
export const nodeImages = (images: readonly HostImage[]): ContainerImage[] =>
  images
    .map(({ names, digests, sizeBytes }) => ({ names: [...digests, ...names].slice(0, MOST_NAMES), sizeBytes }))
    .filter(({ names }) => names.length > 0)
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes || compare(a.names[0], b.names[0]))
    .slice(0, MOST_IMAGES);

/** Images of one size stay in one order, so that a status that says nothing new is the same. */
const compare = (a = '', b = ''): number => (a < b ? -1 : Number(a > b));
