import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Apiserver } from '../apiserver/apiserver.ts';
import { type BoundPods, uidOf } from './bound-pods.ts';
import { podPath } from './paths.ts';
import { decodePod } from './pod-watch.ts';

/**
 * Deletes this very pod for good: one that took its name meanwhile stays. Finalizers of others may hold it a while longer.
 * @throws as Apiserver.call
 */
export const deletePod = async (apiserver: Apiserver, boundPods: BoundPods, pod: Pod): Promise<void> => {
  const { namespace = '', name = '' } = pod.metadata ?? {};
  const uid = uidOf(pod);
  const answer = await apiserver.call({
    method: 'DELETE',
    path: podPath({ namespace, name }),
    body: { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } },
    // It is gone already, or another has its name.
    expect: [404, 409],
  });
  if (answer.status < 400 && isHeld(pod)) boundPods.changed(decodePod(answer.body));
  else boundPods.gone(uid);
};

const isHeld = (pod: Pod): boolean => (pod.metadata?.finalizers ?? []).length > 0;

/** Whether all that a node can do to end it is done. */
export const isFinalised = ({ metadata }: Pod): boolean =>
  metadata?.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
