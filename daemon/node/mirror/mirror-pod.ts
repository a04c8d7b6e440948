import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { PodStatus } from '../../shared-resources.ts';

/** As pods/ has it. */
export type StaticPod = PodStatus['pod'];
/** What is sent to make one. */
export type NewMirror = Omit<StaticPod, 'status'>;

/** Of what a mirror pod is made (pkg/kubelet/types/pod_update.go). */
const mirrorAnnotation = 'kubernetes.io/config.mirror';
const hashAnnotation = 'kubernetes.io/config.hash';

export interface Owner {
  readonly nodeName: string;
  /** Of the Node. */
  readonly uid: string;
}

export const isMirror = ({ metadata }: Pod): boolean => metadata?.annotations?.[mirrorAnnotation] !== undefined;

/** One that bootlet found running without its manifest has no annotations, but its hash is its uid. */
const hashOf = ({ metadata }: StaticPod): string => metadata.annotations?.[hashAnnotation] ?? metadata.uid ?? '';

/**
 * The object by which the cluster sees a static pod (pkg/kubelet/pod/mirror_client.go CreateMirrorPod). NodeRestriction
 * takes it from a node only with the Node as its one controller.
 */
export const mirrorOf = (pod: StaticPod, { nodeName, uid }: Owner): NewMirror => {
  // A manifest that was taken from a cluster has them, and no object that is made may.
  const { managedFields, resourceVersion, ...metadata } = pod.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [mirrorAnnotation]: hashOf(pod) },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid, controller: true }],
    },
    spec: pod.spec,
  };
};

/**
 * Whether `mirror` shows this pod as it is now. One that belongs to a Node that was deleted is about to be collected as
 * garbage.
 */
export const isMirrorOf = (mirror: Pod, pod: StaticPod, owner: Owner): boolean =>
  mirror.metadata?.annotations?.[mirrorAnnotation] === hashOf(pod) &&
  (mirror.metadata.ownerReferences ?? []).every(({ kind, uid }) => kind !== 'Node' || uid === owner.uid);
