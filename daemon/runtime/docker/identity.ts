import type { PodRef } from '../runtime.ts';
import { uidName } from '../uid-name.ts';

/** The one label that says whose a container is; the name never does. */
export const INSTANCE_LABEL = 'io.bootlet.instance';

/** What dockershim called the container of a sandbox, in names and labels. */
export const SANDBOX_CONTAINER = 'POD';

/** Labels as dockershim set them, so that tools that know a kubelet on Docker know bootlet's containers too. */
export const LABELS = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  container: 'io.kubernetes.container.name',
  attempt: 'annotation.io.kubernetes.container.restartCount',
} as const;

/** dockershim's `k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT`; the attempt in it makes a repeated create meet the first one. */
export const nameOf = (pod: PodRef, container: string, attempt: number): string =>
  `k8s_${container}_${pod.name}_${pod.namespace}_${uidName(pod.uid)}_${attempt}`;

/** Labels of a container that is no part of a pod, so that it has no pod's. @param purpose what it is for */
export const labelsBesidePods = (instance: string, purpose: string): Readonly<Record<string, string>> => ({
  [INSTANCE_LABEL]: instance,
  'io.bootlet.purpose': purpose,
});

/** Tells by what no pod can choose: its own labels may be any. */
export const isOfPod = (labels: Readonly<Record<string, string>>): boolean => labels[LABELS.podUid] !== undefined;

/** What the caller adds overrides none of them: ownership and identity are read back from them. */
export const labelsOf = (
  instance: string,
  pod: PodRef,
  container: string,
  attempt: number,
  added: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => ({
  ...added,
  [LABELS.podName]: pod.name,
  [LABELS.podNamespace]: pod.namespace,
  [LABELS.podUid]: pod.uid,
  [LABELS.container]: container,
  [LABELS.attempt]: String(attempt),
  [INSTANCE_LABEL]: instance,
});
