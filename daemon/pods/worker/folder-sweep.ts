import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { namesIn } from '../../host/missing.ts';
import type { Mounter } from '../../host/mounts.ts';
import { allOf } from '../../reconcile/all-of.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { Reader } from '../../reconcile/store.ts';
import { uidName } from '../../runtime/uid-name.ts';
import { podFilesNamed } from '../create/pod-files.ts';
import { containerType, podSpecType, runtimeStateType, sourcesReadyType } from '../resources.ts';
import { removePodFolder } from '../volumes/remove-pod-folder.ts';

export interface FolderSweepOptions {
  /** The state folder. */
  readonly state: string;
  readonly podLogs: string;
  readonly mounter: Mounter;
  readonly clock: Clock;
  /** Ends what a pod has on the host beside its folder, which is the trace of it and goes after it. Told the folder's name, as those below. */
  readonly release: (folder: string) => Promise<void>;
  /** Told of each folder that is gone. */
  readonly onGone: (folder: string) => void;
  /** Told of each folder that has to stay for now, and why. */
  readonly onKept: (folder: string, message: string) => void;
}

const ALL = ['state'];
const PAUSE_MS = 1000;
/** No pod's folder has a name that ends so. */
const ASIDE = '.removed';

/**
 * Removes the files of pods that are neither wanted nor seen any more: whatever came to pass between the making of a
 * pod's folder and the end of its last container, nothing is left in the end.
 */
export const folderSweep = (options: FolderSweepOptions): Controller => {
  let sweptAt = 0;
  return {
    name: 'pod-folders',
    inputs: [
      input(podSpecType, () => ALL),
      input(containerType, () => ALL),
      input(runtimeStateType, () => ALL),
      input(sourcesReadyType, () => ALL),
    ],
    outputs: [],
    async reconcile(_key, { store }): Promise<Outcome> {
      if (!isKnown(store)) return { kind: 'wait', for: 'the pods that are wanted and those that are there' };
      const now = options.clock.now();
      // A pod comes and goes with a dozen changes; one sweep after them is enough.
      if (now - sweptAt < PAUSE_MS && now >= sweptAt) return { kind: 'requeue', at: sweptAt + PAUSE_MS };
      const names = await namesIn(join(options.state, 'pods'));
      // One folder that cannot go, or takes its time, keeps no other.
      await allOf(names.map((name) => sweep(options, store, name)));
      // Only of a sweep that did it all: a retry that paused would look like a success.
      sweptAt = now;
      return done;
    },
  };
};

/** The name that a folder had before it was set aside. */
export const folderOfPod = (name: string): string => name.replace(/\.\d+\.removed$/, '');

const sweep = async (options: FolderSweepOptions, store: Reader, name: string): Promise<void> => {
  const { state, podLogs, mounter, clock, release, onGone, onKept } = options;
  if (isInUse(store, name)) return;
  const folder = folderOfPod(name);
  try {
    if (!name.endsWith(ASIDE)) await removeLogs(podLogs, folder);
    if (!isInUse(store, folder)) await release(folder);
    if (isInUse(store, name)) return;
    const aside = name.endsWith(ASIDE) ? name : await setAside(state, name, clock.now());
    await removePodFolder(podFilesNamed(state, aside).root, mounter);
  } catch (error) {
    onKept(folder, messageOf(error));
    throw error;
  }
  onGone(folder);
};

const isKnown = (store: Reader): boolean =>
  store.list(sourcesReadyType).length > 0 && store.list(runtimeStateType).some((r) => r.value.listed);

/** Asked anew for each folder, since a pod may come to be wanted meanwhile. */
const isInUse = (store: Reader, folder: string): boolean =>
  store.list(podSpecType).some((s) => uidName(s.value.uid) === folder) ||
  store.list(containerType).some((c) => uidName(c.value.pod.uid) === folder);

/**
 * Moves a pod's folder out of the way in one step, with what is mounted in it, so that the pod may be made anew while
 * the old files go.
 */
const setAside = async (state: string, folder: string, now: number): Promise<string> => {
  // Of the same pod another may still be there, held by a mount.
  const aside = `${folder}.${now}${ASIDE}`;
  await rename(podFilesNamed(state, folder).root, podFilesNamed(state, aside).root);
  return aside;
};

/** `NS_POD_UID`, of which only the last may hold a `_`: what carries another uid may be a kubelet's. */
const removeLogs = async (podLogs: string, uid: string): Promise<void> => {
  const own = (await namesIn(podLogs)).filter((name) => name.split('_').slice(2).join('_') === uid);
  for (const name of own) await rm(join(podLogs, name), { recursive: true, force: true });
};
