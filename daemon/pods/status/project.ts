import { networkWait } from '../network/readiness.ts';
import { isCurrent } from '../plan/container.ts';
import { endOf } from '../plan/end.ts';
import { lifeOf } from '../plan/life.ts';
import { initContainersOf, isRunning, mainContainersOf, type PodView, runsOf } from '../plan/observed.ts';
import { rulesOf } from '../plan/plan.ts';
import type { ContainerStatus, Pod } from '../v1.ts';
import { withAdmission } from './admission.ts';
import { containerStatus, type StatusInput } from './container-status.ts';
import { withinPodLimit } from './message-limit.ts';
import { phaseOf } from './phase.ts';
import { podConditions } from './pod-conditions.ts';
import { podResourcesStatus } from './pod-resources.ts';
import { qosClassOf } from './qos.ts';
import { withoutWaiting } from './unlocated.ts';

export interface HostAddresses {
  /** The host's own addresses, first the main one. */
  readonly hostIPs: readonly string[];
}

/** The kubelet's words (pkg/kubelet/active_deadline.go). */
const DEADLINE_EXCEEDED = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
};

/** A pod with the time at which its node saw it first. */
export type SeenPod = Pod & { readonly metadata: { readonly creationTimestamp: string } };

export interface ProjectInput extends Omit<StatusInput, 'rules'> {
  readonly pod: SeenPod;
}

/** The pod with its status: a pure projection of what was observed. `input.pod.status` is the status before, of which transition times are kept, and the addresses of a pod that came to its end. */
export const projectPod = (input: ProjectInput, addresses: HostAddresses): Pod =>
  withAdmission(projectObserved(input, addresses), input.view.admission);

const projectObserved = (given: ProjectInput, { hostIPs }: HostAddresses): Pod => {
  const { pod, view, uid } = given;
  const rules = rulesOf(view, uid, pod);
  const input = { ...given, rules };
  const { sandbox } = rules;
  const inits = initContainersOf(pod).map((c) => containerStatus(input, c));
  // The kubelet gives the main containers in the order of their names.
  const mains = mainContainersOf(pod)
    .map((c) => containerStatus(input, c))
    .toSorted(byName);
  const end = endOf(view, rules);
  const runs = mainContainersOf(pod).flatMap((c) => runsOf(view.seen, uid, c.name));
  const isInitialized = runs.some((run) => isCurrent(run, rules));
  const facts = { pod, inits, mains, isInitialized, isOver: end !== undefined };
  const phase = end?.reason === 'deadline' ? 'Failed' : phaseOf(facts);
  const sandboxReady = sandbox !== undefined && isRunning(sandbox);
  const image = view.images.get('');
  const unprepared = view.volumes?.state === 'failed' ? view.volumes : image?.state === 'failed' ? image : undefined;
  const refused = view.hostPorts?.state === 'refused' ? view.hostPorts : undefined;
  const sandboxTrouble = refused ?? networkWait(view, pod) ?? unprepared ?? view.failures.get('');
  const isReadyToStart = sandboxReady && refused === undefined;
  const isRestartingAll = view.seen.some(
    (c) => c.pod.uid === uid && isRunning(c) && c.kind === 'container' && lifeOf(c) < rules.life,
  );
  const ownIPs = pod.spec.hostNetwork === true ? hostIPs : (sandbox?.ips ?? []);
  const lastIPs = end === undefined ? [] : (pod.status?.podIPs ?? []).map(({ ip }) => ip);
  const podIPs = sandboxReady ? ownIPs : lastIPs;
  const { generation = 0, creationTimestamp } = pod.metadata;
  const conditions = podConditions(
    pod,
    { phase, isReadyToStart, sandboxTrouble, inits, mains, isRestartingAll },
    view.now,
  );
  const hasEnded = end !== undefined && !runsAnything(view, uid);
  const told = hasEnded ? withoutWaiting({ inits, mains }) : { inits, mains };
  return {
    ...pod,
    status: {
      ...(generation > 0 ? { observedGeneration: generation } : {}),
      phase,
      ...(end?.reason === 'deadline' ? DEADLINE_EXCEEDED : {}),
      qosClass: qosClassOf(pod),
      ...podResourcesStatus(pod),
      conditions: [...conditions],
      ...(hostIPs[0] === undefined ? {} : { hostIP: hostIPs[0], hostIPs: hostIPs.map((ip) => ({ ip })) }),
      ...(podIPs[0] === undefined ? {} : { podIP: podIPs[0], podIPs: podIPs.map((ip) => ({ ip })) }),
      startTime: creationTimestamp,
      ...(inits.length === 0 ? {} : { initContainerStatuses: withinPodLimit(told.inits, pod) }),
      containerStatuses: withinPodLimit(told.mains, pod),
    },
  };
};

const runsAnything = ({ seen }: PodView, uid: string): boolean =>
  seen.some((c) => c.pod.uid === uid && c.kind === 'container' && isRunning(c));

const byName = (a: ContainerStatus, b: ContainerStatus): number => (a.name < b.name ? -1 : 1);
