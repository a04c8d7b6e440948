import { existsSync } from 'node:fs';
import type { Config } from './config/schema.ts';
import { Mounter } from './host/mounts.ts';
import { lockState } from './host/state-lock.ts';
import { buildCgroups } from './main/cgroups.ts';
import { removeAllPodFolders, removeAllPods } from './pods/reset.ts';
import { systemClock } from './reconcile/clock.ts';
import { Store } from './reconcile/store.ts';
import { connectDocker } from './runtime/docker/docker-runtime.ts';
import { DockerEngine } from './runtime/docker/engine.ts';
import { removeImage } from './runtime/docker/remove-image.ts';
import { instanceOf } from './runtime/instance.ts';
import { pauseArchitectures, pauseImageName } from './runtime/pause/image.ts';

/** What bootlet brings itself; every other image is the user's. */
const ownImages = [...pauseArchitectures.map(pauseImageName), 'bootlet.io/demo:1'];

/**
 * Takes off this host what the daemon made: its pods with their volumes, and its own images. Resolves with the number of pods.
 * @throws BootletError E_STATE_LOCKED while a daemon runs
 */
export const resetHost = async (config: Config): Promise<number> => {
  const { paths } = config;
  const { docker } = config.runtime;
  if (!existsSync(paths.state)) return 0;
  const lock = await lockState(paths.state);
  const runtime = connectDocker({ endpoint: docker.endpoint, instance: await instanceOf(lock.folder) });
  const engine = new DockerEngine(docker.endpoint);
  try {
    const pods = await removeAllPods({ runtime, logFolders: paths, clock: systemClock });
    const cgroups = buildCgroups({ config, store: new Store() }, runtime);
    const mounter = new Mounter({ environment: process.env });
    await removeAllPodFolders(lock.folder, mounter, (folder) => cgroups.release(folder));
    for (const image of ownImages) await removeImage(engine, image);
    return pods;
  } finally {
    await Promise.all([runtime.close(), engine.close(), lock.release()]);
  }
};
