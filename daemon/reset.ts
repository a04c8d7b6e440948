import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config/schema.ts';
import { BootletError } from './errors.ts';
import { unlessMissing } from './host/missing.ts';
import { Mounter } from './host/mounts.ts';
import { lockState } from './host/state-lock.ts';
import { buildCgroups } from './main/cgroups.ts';
import { type NetworkBase, networkBase } from './main/network-base.ts';
import { planSettings } from './network/plan-network.ts';
import { type NetworkReset, resetNetwork } from './network/reset.ts';
import { CertificateFiles } from './node/credentials/certificate-files.ts';
import { removeAllPodFolders, removeAllPods } from './pods/reset.ts';
import { systemClock } from './reconcile/clock.ts';
import { Store } from './reconcile/store.ts';
import { connectDocker } from './runtime/docker/docker-runtime.ts';
import { DockerEngine } from './runtime/docker/engine.ts';
import { removeImage } from './runtime/docker/remove-image.ts';
import { instanceOf } from './runtime/instance.ts';
import { pauseArchitectures, pauseImageName } from './runtime/pause/image.ts';
import type { ObservedContainer } from './runtime/runtime.ts';

/** What bootlet brings itself; every other image is the user's. */
const ownImages = [...pauseArchitectures.map(pauseImageName), 'bootlet.io/demo:1'];

export interface ResetOptions {
  /** Whether its pods are ended too, or only the host's network is given back. */
  readonly pods: boolean;
  /** Whether the network may be given back although that interrupts something. */
  readonly interrupt: boolean;
}

export interface HostReset extends NetworkReset {
  /** How many were ended and removed. */
  readonly pods: number;
}

/**
 * Takes off this host what the daemon made: its pods with their volumes and its own images, where they are to go, and all
 * that it changed of the host's network.
 * @throws BootletError E_STATE_LOCKED while a daemon runs; E_INTERRUPTS with what would be interrupted
 */
export const resetHost = async (config: Config, options: ResetOptions): Promise<HostReset> => {
  if (!existsSync(config.paths.state)) return { pods: 0, made: [], held: [] };
  await using parts = new AsyncDisposableStack();
  const lock = parts.adopt(await lockState(config.paths.state), (held) => held.release());
  const own = { ...config, paths: { ...config.paths, state: lock.folder } };
  const { docker } = config.runtime;
  const instance = await instanceOf(lock.folder);
  const runtime = parts.adopt(connectDocker({ endpoint: docker.endpoint, instance }), (client) => client.close());
  const network = parts.use(await networkBase(own));
  if (!options.interrupt) await refuseToInterrupt(runtime, network);
  const pods = options.pods ? await removePods(own, runtime) : 0;
  if (options.pods) await forgetCluster(own);
  const reset = await resetNetwork(network.settings, network);
  if (reset.held.length === 0) await network.forget();
  return { pods, ...reset };
};

/** Key and certificates, what is known of the cluster, and the kubeconfig if it names them. The token file is the user's, and stays. */
export const forgetCluster = async ({ paths }: Pick<Config, 'paths'>): Promise<void> => {
  const files = new CertificateFiles(join(paths.state, 'pki'));
  const kubeconfig = await unlessMissing(readFile(paths.kubeconfig, 'utf8'));
  if (kubeconfig?.includes(files.current) === true) await rm(paths.kubeconfig);
  await rm(join(paths.state, 'cluster.json'), { force: true });
  await files.remove();
};

type Runtime = ReturnType<typeof connectDocker>;

const removePods = async (config: Config, runtime: Runtime): Promise<number> => {
  const { paths } = config;
  const engine = new DockerEngine(config.runtime.docker.endpoint);
  try {
    const pods = await removeAllPods({ runtime, logFolders: paths, clock: systemClock });
    const cgroups = buildCgroups({ config, store: new Store() }, runtime);
    const mounter = new Mounter({ environment: process.env });
    await removeAllPodFolders(paths.state, mounter, (folder) => cgroups.release(folder));
    for (const image of ownImages) await removeImage(engine, image);
    return pods;
  } finally {
    await engine.close();
  }
};

/** @throws BootletError E_INTERRUPTS naming the pods that have the pod network, and what has to be restarted */
const refuseToInterrupt = async (runtime: Runtime, { settings, ledger }: NetworkBase): Promise<void> => {
  const sandboxes = ledger.isEmpty ? [] : await sandboxesOf(runtime);
  const plans = await planSettings(settings, undefined, ledger);
  const restarted = plans.flatMap((plan) => ('changes' in plan ? plan.changes : [])).flatMap((c) => c.restarts ?? []);
  const interrupted = [
    ...sandboxes.map(({ pod }) => `pod ${pod.namespace}/${pod.name}, which has the pod network`),
    ...restarted.map((what) => `it restarts ${what}`),
  ];
  if (interrupted.length === 0) return;
  throw new BootletError(
    'E_INTERRUPTS',
    `giving the network back interrupts: ${[...new Set(interrupted)].join('; ')}`,
    {
      hint: 'add --yes to do it all the same; bootlet reset --yes ends the pods in order first',
      retryable: false,
    },
  );
};

/** Of pods that run on the pod network. None where the runtime is not there: then nothing runs in it. */
const sandboxesOf = async (runtime: Runtime): Promise<readonly ObservedContainer[]> => {
  try {
    const all = await runtime.list();
    return all.filter(({ kind, state, ips }) => kind === 'sandbox' && state === 'running' && ips.length > 0);
  } catch (error) {
    if (error instanceof BootletError && error.code === 'E_RUNTIME_UNAVAILABLE') return [];
    throw error;
  }
};
