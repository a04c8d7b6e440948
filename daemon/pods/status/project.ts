import { initContainersOf, isRunning, mainContainersOf, sandboxesOf } from '../plan/observed.ts';
import type { Pod } from '../v1.ts';
import { withAdmission } from './admission.ts';
import { containerStatus, type StatusInput } from './container-status.ts';
import { phaseOf } from './phase.ts';
import { podConditions } from './pod-conditions.ts';
import { qosClassOf } from './qos.ts';
import { rfc3339 } from './time.ts';

export interface HostAddresses {
  /** The host's own addresses, first the main one. */
  readonly hostIPs: readonly string[];
}

/** The pod with its status: a pure projection of what was observed. `input.pod.status` is the status before, of which only transition times are kept. */
export const projectPod = (input: StatusInput, addresses: HostAddresses): Pod =>
  withAdmission(projectObserved(input, addresses), input.view.admission);

const projectObserved = (input: StatusInput, { hostIPs }: HostAddresses): Pod => {
  const { pod, view, uid } = input;
  const [sandbox] = sandboxesOf(view.seen, uid);
  const inits = initContainersOf(pod).map((c) => containerStatus(input, c, true, false));
  const initsDone = inits.every((s) => s.ready);
  const ordered = inits.map((s, i) =>
    i > 0 && inits.slice(0, i).some((p) => !p.ready) ? { ...s, state: { waiting: { reason: 'PodInitializing' } } } : s,
  );
  const mains = mainContainersOf(pod).map((c) => containerStatus(input, c, false, !initsDone));
  const phase = phaseOf(pod, ordered, mains);
  const sandboxReady = sandbox !== undefined && isRunning(sandbox);
  const sandboxTrouble = view.volumes?.state === 'failed' ? view.volumes : view.failures.get('');
  const podIPs = !sandboxReady ? [] : pod.spec.hostNetwork === true ? hostIPs : sandbox.ips;
  return {
    ...pod,
    status: {
      phase,
      qosClass: qosClassOf(pod),
      conditions: [...podConditions(pod, { phase, sandboxReady, sandboxTrouble, inits: ordered, mains }, view.now)],
      ...(hostIPs[0] === undefined ? {} : { hostIP: hostIPs[0] }),
      ...(podIPs[0] === undefined ? {} : { podIP: podIPs[0], podIPs: podIPs.map((ip) => ({ ip })) }),
      ...(sandbox === undefined ? {} : { startTime: pod.metadata.creationTimestamp ?? rfc3339(sandbox.createdAt) }),
      ...(inits.length === 0 ? {} : { initContainerStatuses: ordered }),
      containerStatuses: mains,
    },
  };
};
