import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { fileSystemOf } from '../host/file-system.ts';
import { ImageCollector } from '../pods/gc/image-collector.ts';
import { imageGc } from '../pods/gc/image-gc.ts';
import { notingPulls, PulledImages } from '../pods/gc/pulled-images.ts';
import { imageController } from '../pods/images/image-controller.ts';
import { ImageLoader } from '../pods/images/image-loader.ts';
import { ImagePuller } from '../pods/images/pull.ts';
import type { PodEvents } from '../pods/record/pod-events.ts';
import { imageArchiveType } from '../pods/resources.ts';
import type { PodMeters } from '../pods/stats/meters.ts';
import { Semaphore } from '../reconcile/semaphore.ts';
import { registryCredentials } from '../runtime/docker/credentials.ts';
import type { Foundation } from './foundation.ts';
import type { RuntimeParts } from './runtime.ts';

const PULLS = 3;

/** Where Docker's own client keeps credentials, as its manual has it. */
const dockerConfigFile = (environment: NodeJS.ProcessEnv): string =>
  join(environment['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json');

/** Images: pulled when a container needs one, loaded from the images folder. */
export const buildImages = async (
  { config, store, events, engine, clock, log }: Foundation,
  { runtime, builtInPauseImage }: RuntimeParts,
  podEvents: PodEvents,
  meters: PodMeters,
) => {
  const { imageGC } = config.pods;
  const { pauseImage: configuredPauseImage } = config.runtime.docker;
  const pulled = new PulledImages(join(config.paths.state, 'pulled-images.json'));
  await pulled.load().catch((error: unknown) => log.warn({ error: messageOf(error) }, 'pulled images are not known'));
  const noting = notingPulls(runtime, pulled, clock);
  const puller = new ImagePuller({
    runtime: noting,
    credentials: (image) =>
      registryCredentials(dockerConfigFile(process.env), image, (message) => log.warn({ message }, 'pull is limited')),
    limit: new Semaphore(PULLS),
    clock,
  });
  engine.add(imageController({ store, runtime, puller, clock, events: podEvents }));
  const loader = new ImageLoader({
    folder: config.paths.images,
    runtime: noting,
    store,
    archives: store.claim(imageArchiveType, 'image-loader'),
    events,
    clock,
    log,
  });
  const collector = new ImageCollector({
    store,
    runtime,
    fileSystemOf,
    pulled,
    alsoNamed: [configuredPauseImage, builtInPauseImage].filter((name) => name !== ''),
    policy: imageGC,
    clock,
    meters,
    log,
  });
  engine.add(imageGc({ collector, highPercent: imageGC.highPercent, nodeName: config.nodeName, clock, events }));
  return { loader };
};
