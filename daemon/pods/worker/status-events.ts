import type { PodEvents } from '../record/pod-events.ts';
import type { ContainerStatus, Pod, PodCondition } from '../v1.ts';

/** What the kubelet reports when it finds that a container cannot have its image. */
const IMAGE_REASONS: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ErrImageInspect',
]);

/**
 * Reports what a pod's new status says that the one before did not, in the kubelet's words.
 * @param before of the same pod
 * @param backsOff whether a container that is shown as ended waits for its next start: a sidecar that ended well
 */
export const reportChanges = (
  events: PodEvents,
  before: Pod | undefined,
  after: Pod,
  backsOff: (container: string) => boolean,
): void => {
  const { name, namespace, uid } = after.metadata;
  const { reason, message = '' } = after.status ?? {};
  if (reason === 'DeadlineExceeded' && before?.status?.reason !== reason)
    events.pod(after.metadata, 'Normal', reason, message);
  const wait = networkWaitOf(after);
  if (wait !== undefined && wait.message !== networkWaitOf(before)?.message)
    events.pod(after.metadata, 'Warning', wait.reason ?? '', wait.message ?? '');
  const earlier = statusesOf(before);
  for (const status of statusesOf(after)) {
    const last = earlier.find((s) => s.name === status.name);
    const isUnsaid = hasEnded(status) && backsOff(status.name);
    const waits = isUnsaid ? 'CrashLoopBackOff' : waitingFor(status);
    const waited = isUnsaid && hasEnded(last) ? waits : waitingFor(last);
    const isNews = waits !== waited || status.containerID !== last?.containerID;
    if (waits === undefined || !isNews) continue;
    const report = (why: string, text: string) =>
      events.container(after.metadata, after, status.name, 'Warning', why, text);
    if (waits === 'CrashLoopBackOff')
      report('BackOff', `Back-off restarting failed container ${status.name} in pod ${name}_${namespace}(${uid})`);
    else if (IMAGE_REASONS.has(waits)) report('Failed', `Error: ${waits}`);
  }
};

/** What keeps the network from a pod: that of the node is not ready, or its host ports are taken. */
const NETWORK_REASONS: ReadonlySet<string> = new Set(['NetworkNotReady', 'HostPortConflict', 'HostPortsFailed']);

const networkWaitOf = (pod: Pod | undefined): PodCondition | undefined =>
  pod?.status?.conditions?.find(
    ({ type, reason = '' }) => type === 'PodReadyToStartContainers' && NETWORK_REASONS.has(reason),
  );

const statusesOf = (pod: Pod | undefined): readonly ContainerStatus[] => [
  ...(pod?.status?.initContainerStatuses ?? []),
  ...(pod?.status?.containerStatuses ?? []),
];

const hasEnded = (status: ContainerStatus | undefined): boolean => status?.state?.terminated !== undefined;
const waitingFor = (status: ContainerStatus | undefined): string | undefined => status?.state?.waiting?.reason;
