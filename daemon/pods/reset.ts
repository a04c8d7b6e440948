import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BootletError } from '../errors.ts';
import { namesIn } from '../host/missing.ts';
import type { Mounter } from '../host/mounts.ts';
import { allOf } from '../reconcile/all-of.ts';
import type { Clock } from '../reconcile/clock.ts';
import { Semaphore } from '../reconcile/semaphore.ts';
import type { ContainerRuntime, ObservedContainer } from '../runtime/runtime.ts';
import { label, numberLabel } from './plan/labels.ts';
import { removePodFolder } from './volumes/remove-pod-folder.ts';
import { folderOfPod } from './worker/folder-sweep.ts';
import { type LogFolders, podLogFolder, unlinkLogs } from './worker/log-links.ts';

export interface ResetOptions {
  readonly runtime: Pick<ContainerRuntime, 'list' | 'inspect' | 'signal' | 'remove'>;
  readonly logFolders: LogFolders;
  readonly clock: Clock;
}

const CALLS = 8;
const LOOK_MS = 100;
/** How long a process may live after SIGKILL: one in uninterruptible sleep, say. */
const KILL_MS = 10_000;
const DEFAULT_GRACE_SECONDS = 30;

/** What a reset works with: every call of the runtime goes through the limit, a wait never does. */
interface Reset extends ResetOptions {
  readonly limit: Semaphore;
}

/**
 * Ends every container of this instance with its grace, removes it and the links to its logs, and resolves with how
 * many pods that were. Only while no daemon runs on the state folder (hold its lock): it would start them again. A pod
 * that cannot be removed keeps no other.
 * @throws BootletError E_TIMEOUT when a container outlives SIGKILL; of several failures the first, which names them all
 */
export const removeAllPods = async (options: ResetOptions): Promise<number> => {
  const reset = { ...options, limit: new Semaphore(CALLS) };
  const pods = Map.groupBy(await options.runtime.list(), ({ pod }) => pod.uid);
  await allOf([...pods.values()].map((pod) => removePod(reset, pod)));
  return pods.size;
};

const removePod = async (reset: Reset, all: readonly ObservedContainer[]): Promise<void> => {
  const { runtime, logFolders, limit } = reset;
  await allOf(
    all.filter(isContainer).map(async (container) => {
      await end(reset, container, numberLabel(container.labels, label.gracePeriod, DEFAULT_GRACE_SECONDS));
      await unlinkLogs(logFolders, container);
      await limit.run(() => runtime.remove(container.id));
    }),
  );
  // Last, as a container in its grace may still need the network of its sandbox.
  await allOf(
    all.filter(isSandbox).map(async (sandbox) => {
      await end(reset, sandbox, 0);
      await rm(podLogFolder(logFolders, sandbox.pod), { recursive: true, force: true });
      await limit.run(() => runtime.remove(sandbox.id));
    }),
  );
};

const isSandbox = ({ kind }: ObservedContainer): boolean => kind === 'sandbox';
const isContainer = ({ kind }: ObservedContainer): boolean => kind === 'container';

const end = async (reset: Reset, container: ObservedContainer, graceSeconds: number): Promise<void> => {
  const { runtime, limit } = reset;
  const { id, state, stopSignal, pod } = container;
  if (state !== 'running') return;
  if (graceSeconds > 0) {
    await limit.run(() => runtime.signal(id, stopSignal));
    if (await hasEnded(reset, id, graceSeconds * 1000)) return;
  }
  await limit.run(() => runtime.signal(id, 'SIGKILL'));
  if (await hasEnded(reset, id, KILL_MS)) return;
  throw new BootletError('E_TIMEOUT', `container ${id} of pod ${pod.name} runs on after SIGKILL`);
};

const hasEnded = async ({ runtime, clock, limit }: Reset, id: string, withinMs: number): Promise<boolean> => {
  const deadline = clock.now() + withinMs;
  while ((await limit.run(() => runtime.inspect(id)))?.state === 'running') {
    if (clock.now() >= deadline) return false;
    await new Promise<void>((resolve) => clock.setTimer(clock.now() + LOOK_MS, resolve));
  }
  return true;
};

/**
 * Removes what pods have in the state folder, their volumes with it, once none of them is left in the runtime.
 * @param release ends what a pod has on the host beside its folder
 * @throws BootletError E_VOLUME naming what is still mounted; of such a folder nothing is removed
 */
export const removeAllPodFolders = async (
  state: string,
  mounter: Mounter,
  release: (folder: string) => Promise<void>,
): Promise<void> => {
  const folder = join(state, 'pods');
  const remove = async (name: string): Promise<void> => {
    await release(folderOfPod(name));
    await removePodFolder(join(folder, name), mounter);
  };
  await allOf((await namesIn(folder)).map(remove));
};
