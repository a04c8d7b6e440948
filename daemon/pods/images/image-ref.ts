import { parseImageReference, wholeName } from '../../runtime/image-reference.ts';
import type { ImageInfo } from '../../runtime/runtime.ts';

/**
 * By what the status of a container names its image: the digest under which a registry has it, by which others find it
 * there too, else the image's id on this host (containerd pkg/cri/server toCRIContainerStatus). Of the digests, since a
 * host keeps those of every repository that ever named the image, the one that the container asks for comes first, then
 * one of the repository that it asks.
 * @param reference as the container names its image
 * @throws BootletError E_IMAGE_NAME
 */
export const imageRefOf = ({ digests, id }: Pick<ImageInfo, 'digests' | 'id'>, reference: string): string => {
  const own = wholeName(reference);
  const repository = repositoryOf(reference);
  return (
    digests.find((digest) => wholeName(digest) === own) ??
    digests.find((digest) => repositoryOf(digest) === repository) ??
    digests[0] ??
    id
  );
};

const repositoryOf = (reference: string): string => {
  const { domain, path } = parseImageReference(reference);
  return `${domain}/${path}`;
};
