import type { ImageInfo } from '../../runtime/runtime.ts';

/**
 * By what the status of a container names its image: the digest under which a registry has it, by which others find it
 * there too, else the image's id on this host (containerd pkg/cri/server toCRIContainerStatus).
 */
export const imageRefOf = ({ digests, id }: Pick<ImageInfo, 'digests' | 'id'>): string => digests[0] ?? id;
