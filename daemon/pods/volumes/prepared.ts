import { isDeepStrictEqual } from 'node:util';
import type { Reader } from '../../reconcile/store.ts';
import { type PodSpec, type VolumeState, volumeStateType } from '../resources.ts';

/** How far the volumes of a pod are as it is wanted now: undefined also after an edit that kept its uid, until it was seen to. */
export const volumesOf = (store: Reader, { uid, pod }: PodSpec): VolumeState | undefined => {
  const state = store.get(volumeStateType, uid);
  return isDeepStrictEqual(state?.of, pod) ? state : undefined;
};
