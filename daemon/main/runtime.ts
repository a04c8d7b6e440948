import { connectDocker } from '../runtime/docker/docker-runtime.ts';
import { instanceOf } from '../runtime/instance.ts';
import { RuntimeObserver } from '../runtime/observer.ts';
import { pauseImageName, pauseImageTar } from '../runtime/pause/image.ts';
import type { Foundation } from './foundation.ts';

/** Connects to the container runtime, which need not be there yet, and watches what it runs. */
export const buildRuntime = async ({ config, store, clock, random, log }: Foundation) => {
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const builtInPauseImage = pauseImageName(architecture);
  const runtime = connectDocker({
    endpoint: config.runtime.docker.endpoint,
    instance: await instanceOf(config.paths.state),
    builtInImages: new Map([[builtInPauseImage, () => pauseImageTar(architecture)]]),
    onWarning: (message) => log.warn({ message }, 'runtime is limited'),
  });
  const observer = new RuntimeObserver({ runtime, store, clock, random, log });
  return { runtime, observer, builtInPauseImage };
};

export type RuntimeParts = Awaited<ReturnType<typeof buildRuntime>>;
