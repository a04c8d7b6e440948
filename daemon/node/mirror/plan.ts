import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { isFinalised } from '../bound-pods/delete-pod.ts';
import { isMirror, isMirrorOf, mirrorOf, type NewMirror, type Owner, type StaticPod } from './mirror-pod.ts';

export interface MirrorView {
  /** The static pod with its live status; undefined while nothing is known of it. */
  readonly pod: StaticPod | undefined;
  /** Whether there is, or may be, more of the pod on the host than `pod` tells: its manifest, or a container. */
  readonly isPresent: boolean;
  /** What the cluster has under its name on this Node. */
  readonly bound: Pod | undefined;
  readonly owner: Owner;
}

export type MirrorStep =
  | { readonly do: 'nothing' }
  | { readonly do: 'create'; readonly mirror: NewMirror }
  | { readonly do: 'delete'; readonly mirror: Pod }
  /** Its status is to be that of the pod. */
  | { readonly do: 'show'; readonly mirror: Pod; readonly pod: StaticPod }
  /** Another pod has its name. */
  | { readonly do: 'yield' };

const nothing: MirrorStep = { do: 'nothing' };

/** What comes next for one name (pkg/kubelet/kubelet.go tryReconcileMirrorPods, kubelet_pods.go HandlePodCleanups). */
export const planMirror = ({ pod, isPresent, bound, owner }: MirrorView): MirrorStep => {
  if (bound !== undefined && !isMirror(bound)) return pod === undefined ? nothing : { do: 'yield' };
  if (pod === undefined) return bound === undefined || isPresent ? nothing : ending(bound);
  const isEnding = pod.metadata.deletionTimestamp !== undefined;
  if (bound === undefined) return isEnding ? nothing : { do: 'create', mirror: mirrorOf(pod, owner) };
  if (isMirrorOf(bound, pod, owner) && bound.metadata?.deletionTimestamp === undefined)
    return { do: 'show', mirror: bound, pod };
  // Of a pod that is being ended the last mirror stays until it is gone.
  return isEnding ? nothing : ending(bound);
};

const ending = (mirror: Pod): MirrorStep => (isFinalised(mirror) ? nothing : { do: 'delete', mirror });
