import { PodRecords } from '../record/pod-records.ts';
import type { HookEndState } from '../resources.ts';

/**
 * How hooks ended, by `CONTAINER-ID/KIND`, so that none is run again by the next daemon. One that was cut off with its
 * daemon, or ended in that moment, is run once more: Kubernetes promises hooks at least once, and no more.
 */
export type HookMemory = PodRecords<{ readonly state: HookEndState }>;

/** @param state the state folder */
export const hookMemory = (state: string): HookMemory =>
  new PodRecords({
    state,
    file: (files) => files.hooks,
    parse: ({ state: ended }) => (ended === 'succeeded' || ended === 'failed' ? { state: ended } : undefined),
    withoutIt: 'postStart hooks of its running containers are run once more',
  });
