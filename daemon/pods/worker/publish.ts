import { rfc3339 } from '../../kubernetes/time.ts';
import type { Context } from '../../reconcile/controller.ts';
import type { PodRef } from '../../runtime/runtime.ts';
import { seenAnnotation } from '../manifest/identity.ts';
import { isBackingOff } from '../plan/backing-off.ts';
import { isRunning, type PodView } from '../plan/observed.ts';
import type { PodEvents } from '../record/pod-events.ts';
import { podStatusType } from '../resources.ts';
import { type HostAddresses, projectPod, type SeenPod } from '../status/project.ts';
import type { Pod } from '../v1.ts';
import { firstSeenAt } from './first-seen.ts';
import { reportChanges } from './status-events.ts';
import type { TerminationMessages } from './termination-messages.ts';

export interface PublishOptions {
  readonly addresses: HostAddresses;
  readonly messages: Pick<TerminationMessages, 'all'>;
  readonly events: PodEvents;
}

/** Writes the pod's status: of the wanted pod, or, as long as an old one under its name still runs, of that one. */
export const publishStatus = (
  { addresses, messages, events }: PublishOptions,
  key: string,
  view: PodView,
  context: Context,
): void => {
  const before = context.store.get(podStatusType, key);
  const ending = endingPod(view, before?.pod);
  const subject = ending ?? view.wanted?.pod;
  const uid = subject?.metadata.uid;
  if (subject === undefined || uid === undefined) {
    context.remove(podStatusType, key);
    return;
  }
  const same = before?.pod.metadata.uid === uid ? before.pod : undefined;
  const seen = withFirstSight(subject, rfc3339(firstSeenAt(same, view.seen, uid, view.now)));
  // Admission, images, volumes, host ports and failures are those of the wanted pod.
  const own = ending === undefined ? view : { ...view, ...nothingOfTheWanted };
  const input = { view: own, uid, pod: { ...seen, status: same?.status ?? {} }, messages: messages.all };
  const pod = projectPod(input, addresses);
  reportChanges(events, same, pod, (container) => isBackingOff(own, pod, uid, container));
  context.put(podStatusType, key, {
    pod,
    ...(view.wanted === undefined || ending !== undefined ? {} : { source: view.wanted.source }),
  });
};

const nothingOfTheWanted = {
  admission: undefined,
  volumes: undefined,
  hostPorts: undefined,
  images: new Map(),
  failures: new Map(),
};

/** A static pod was created when its node saw it; the annotation is the kubelet's (pkg/kubelet/config/file.go). */
const withFirstSight = (pod: Pod, at: string): SeenPod => ({
  ...pod,
  metadata: {
    ...pod.metadata,
    creationTimestamp: at,
    annotations: { ...pod.metadata.annotations, [seenAnnotation]: at },
  },
});

/** The pod that is being ended under this name, marked as deleted; undefined once nothing of it runs: its sandbox holds ports. */
const endingPod = (view: PodView, before: Pod | undefined): Pod | undefined => {
  const running = view.seen.find(
    (c) => c.pod.uid !== view.wanted?.uid && (c.kind === 'container' || view.wanted === undefined) && isRunning(c),
  );
  if (running === undefined) return undefined;
  const known = before?.metadata.uid === running.pod.uid ? before : podFromLabels(running.pod);
  return {
    ...known,
    metadata: { ...known.metadata, deletionTimestamp: known.metadata.deletionTimestamp ?? rfc3339(view.now) },
  };
};

/** After a restart of the daemon only the labels tell of a pod whose manifest is gone. */
const podFromLabels = ({ uid, name, namespace }: PodRef): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { uid, name, namespace },
  spec: { containers: [] },
});
