import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { namesIn } from '../../host/missing.ts';
import type { Mounter } from '../../host/mounts.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { type Controller, done, type Input, input, type Outcome } from '../../reconcile/controller.ts';
import type { Reader } from '../../reconcile/store.ts';
import { uidName } from '../../runtime/uid-name.ts';
import { podFilesNamed } from '../create/pod-files.ts';
import { containerType, podSpecType, runtimeStateType, sourcesReadyType } from '../resources.ts';
import { removePodFolder } from '../volumes/remove-pod-folder.ts';
import { type LogFolders, removePodLogs } from './log-links.ts';

export interface FolderSweepOptions {
  /** The state folder. */
  readonly state: string;
  readonly logFolders: LogFolders;
  readonly mounter: Pick<Mounter, 'unmountBelow'>;
  readonly clock: Clock;
  /** Ends what a pod has on the host beside its folder, which is the trace of it and goes after it. Told the folder's name, as those below. */
  readonly release: (folder: string) => Promise<void>;
  /** Told of each folder that is gone. */
  readonly onGone: (folder: string) => void;
  /** Told of each folder that has to stay for now, and why. */
  readonly onKept: (folder: string, message: string) => void;
}

/** Looks which folders are there; none of them has this name. */
const LOOK = 'pods/';
const PAUSE_MS = 1000;
/** No pod's folder has a name that ends so. */
const ASIDE = '.removed';
/** A folder whose mounts do not answer keeps no other. */
const AT_ONCE = 1000;

/**
 * Removes the files of pods that are neither wanted nor seen any more: whatever came to pass between the making of a
 * pod's folder and the end of its last container, nothing is left in the end. Each folder is a key of its own, so that
 * one that cannot go waits for its own next try, and one that takes its time holds up no other.
 */
export const folderSweep = (options: FolderSweepOptions): Controller => {
  let lookedAt = 0;
  /** Folders on their way out, tried again by themselves: a change elsewhere must not begin them anew. */
  const going = new Set<string>();
  let notify: (names: readonly string[]) => void = () => undefined;
  const found: Input = {
    connect: (_, tell) => {
      notify = tell;
      return () => undefined;
    },
  };
  const begin = (names: readonly string[]): void => {
    for (const name of names) going.add(name);
    notify(names);
  };
  const look = async (store: Reader): Promise<Outcome> => {
    const now = options.clock.now();
    // A pod comes and goes with a dozen changes; one look after them is enough.
    if (now - lookedAt < PAUSE_MS && now >= lookedAt) return { kind: 'requeue', at: lookedAt + PAUSE_MS };
    const names = await namesIn(join(options.state, 'pods'));
    lookedAt = now;
    begin(names.filter((name) => !going.has(name) && !isInUse(store, name)));
    return done;
  };
  return {
    name: 'pod-folders',
    inputs: [
      input(podSpecType, () => [LOOK]),
      input(containerType, () => [LOOK]),
      input(runtimeStateType, () => [LOOK]),
      input(sourcesReadyType, () => [LOOK]),
      found,
    ],
    outputs: [],
    concurrency: AT_ONCE,
    async reconcile(key, { store }): Promise<Outcome> {
      const known = isKnown(store);
      if (key === LOOK)
        return known ? look(store) : { kind: 'wait', for: 'the pods that are wanted and those that are there' };
      // What is left for now is found again by the next look.
      const aside = known ? await sweep(options, store, key) : undefined;
      going.delete(key);
      if (aside !== undefined) begin([aside]);
      return done;
    },
  };
};

/** The name that a folder had before it was set aside. */
export const folderOfPod = (name: string): string => name.replace(/\.\d+\.removed$/, '');

/** Sets a pod's folder aside and resolves with its new name, or removes one that was. */
const sweep = async (options: FolderSweepOptions, store: Reader, name: string): Promise<string | undefined> => {
  const { state, logFolders, mounter, clock, release, onGone, onKept } = options;
  if (isInUse(store, name)) return undefined;
  const folder = folderOfPod(name);
  try {
    if (!name.endsWith(ASIDE)) await removePodLogs(logFolders, folder);
    if (!isInUse(store, folder)) await release(folder);
    if (isInUse(store, name)) return undefined;
    if (!name.endsWith(ASIDE)) return await setAside(state, name, clock.now());
    await removePodFolder(podFilesNamed(state, name).root, mounter);
  } catch (error) {
    onKept(folder, messageOf(error));
    throw error;
  }
  onGone(folder);
  return undefined;
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
