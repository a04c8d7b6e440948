import { homedir } from 'node:os';
import { join } from 'node:path';
import { imageController } from '../pods/images/image-controller.ts';
import { ImageLoader } from '../pods/images/image-loader.ts';
import { ImagePuller } from '../pods/images/pull.ts';
import { sandboxImage } from '../pods/images/sandbox-image.ts';
import { imageArchiveType } from '../pods/resources.ts';
import type { PodEvents } from '../pods/worker/pod-events.ts';
import { Semaphore } from '../reconcile/semaphore.ts';
import { registryCredentials } from '../runtime/docker/credentials.ts';
import type { Foundation } from './foundation.ts';
import type { RuntimeParts } from './runtime.ts';

const PULLS = 3;

/** Where Docker's own client keeps credentials, as its manual has it. */
const dockerConfigFile = (environment: NodeJS.ProcessEnv): string =>
  join(environment['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json');

/** Images: pulled when a container needs one, loaded from the images folder. */
export const buildImages = (
  { config, store, events, engine, clock, log }: Foundation,
  { runtime, builtInPauseImage }: RuntimeParts,
  podEvents: PodEvents,
) => {
  const puller = new ImagePuller({
    runtime,
    credentials: (image) =>
      registryCredentials(dockerConfigFile(process.env), image, (message) => log.warn({ message }, 'pull is limited')),
    limit: new Semaphore(PULLS),
    clock,
  });
  engine.add(imageController({ store, runtime, puller, clock, events: podEvents }));
  const loader = new ImageLoader({
    folder: config.paths.images,
    runtime,
    store,
    archives: store.claim(imageArchiveType, 'image-loader'),
    events,
    clock,
    log,
  });
  const pauseImage = sandboxImage(config.runtime.docker.pauseImage, builtInPauseImage, runtime, puller);
  return { loader, pauseImage };
};

export type ImageParts = ReturnType<typeof buildImages>;
