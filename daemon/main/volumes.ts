import { Mounter } from '../host/mounts.ts';
import type { PodEvents } from '../pods/record/pod-events.ts';
import { volumeController } from '../pods/volumes/controller.ts';
import type { VolumeFacts } from '../pods/volumes/downward-files.ts';
import { type FolderSweepOptions, folderSweep } from '../pods/worker/folder-sweep.ts';
import type { Foundation } from './foundation.ts';

export interface VolumeParts {
  readonly mounter: Mounter;
}

/** What makes the volumes of pods, and what takes them away with the rest of a pod's folder. */
export const buildVolumes = (
  { config, store, engine, events: ring, clock, random }: Foundation,
  events: PodEvents,
  { allocatable, ...ends }: VolumeFacts & Pick<FolderSweepOptions, 'release' | 'onGone'>,
): VolumeParts => {
  const { state } = config.paths;
  const mounter = new Mounter({ environment: process.env });
  engine.add(volumeController({ store, state, mounter, allocatable, clock, random, events }));
  const onKept = (name: string, message: string): void =>
    void ring.report({ type: 'Warning', reason: 'FailedUnMount', message, subject: { kind: 'PodFolder', name } });
  engine.add(folderSweep({ state, logFolders: config.paths, mounter, clock, ...ends, onKept }));
  return { mounter };
};
