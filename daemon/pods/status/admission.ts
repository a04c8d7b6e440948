import type { PodAdmission } from '../resources.ts';
import type { ContainerStatus, Pod } from '../v1.ts';

/**
 * What the admission makes of a pod's status. A rejected pod shows what the kubelet shows (kubelet.go rejectPod); one
 * that waits or was stopped is Pending with the reason in each container, once nothing of it runs any more.
 */
export const withAdmission = (pod: Pod, admission: PodAdmission | undefined): Pod => {
  switch (admission?.state) {
    case undefined:
    case 'admitted':
      return pod;
    case 'rejected':
      return rejected(pod, admission);
    case 'evicted':
      return evicted(pod, admission);
    case 'waiting':
      return isOver(pod) ? pod : held(pod, admission);
    case 'stopped':
      return held(pod, { reason: 'Stopped', message: admission.message });
  }
};

interface Why {
  readonly reason: string;
  readonly message: string;
}

const rejected = (pod: Pod, { reason, message }: Why): Pod => {
  const { qosClass, startTime } = pod.status ?? {};
  return {
    ...pod,
    status: {
      phase: 'Failed',
      reason,
      message: `Pod was rejected: ${message}`,
      ...(qosClass === undefined ? {} : { qosClass }),
      ...(startTime === undefined ? {} : { startTime }),
    },
  };
};

/** As the kubelet leaves it (pkg/kubelet/eviction evictPod), with what its containers were. */
const evicted = (pod: Pod, { reason, message }: Why): Pod => ({
  ...pod,
  status: { ...pod.status, phase: 'Failed', reason, message },
});

const isOver = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

const held = (pod: Pod, { reason, message }: Why): Pod => {
  const { initContainerStatuses: inits, containerStatuses: mains = [], ...status } = pod.status ?? {};
  const runs = [...(inits ?? []), ...mains].some(({ state }) => state?.running !== undefined);
  if (runs) return { ...pod, status: { ...pod.status, reason, message } };
  const waits = (container: ContainerStatus): ContainerStatus => {
    const { state, lastState } = container;
    const ended = state?.terminated === undefined ? lastState : { terminated: state.terminated };
    return {
      ...container,
      state: { waiting: { reason, message } },
      ...(ended === undefined ? {} : { lastState: ended }),
    };
  };
  return {
    ...pod,
    status: {
      ...status,
      phase: 'Pending',
      reason,
      message,
      ...(inits === undefined ? {} : { initContainerStatuses: inits.map((s) => (s.ready ? s : waits(s))) }),
      containerStatuses: mains.map(waits),
    },
  };
};
