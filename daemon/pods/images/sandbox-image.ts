import type { ContainerRuntime } from '../../runtime/runtime.ts';
import type { ImagePuller } from './pull.ts';

/**
 * Names the image of the sandbox and makes sure that it is there: the one built into bootlet, which the runtime loads by
 * itself, or the configured one, which may have to be pulled.
 * @throws BootletError E_IMAGE_PULL
 */
export const sandboxImage = (
  configured: string,
  builtIn: string,
  runtime: Pick<ContainerRuntime, 'image'>,
  puller: ImagePuller,
): (() => Promise<string>) => {
  if (configured === '') return async () => builtIn;
  return async () => {
    if ((await runtime.image(configured)) === undefined) await puller.pull(configured, () => undefined);
    return configured;
  };
};
