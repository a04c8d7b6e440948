import { isDeepStrictEqual } from 'node:util';
import { type Controller, done, input } from '../../reconcile/controller.ts';
import type { Reader } from '../../reconcile/store.ts';
import { nodeLabelsType } from '../../shared-resources.ts';
import { isRunning } from '../plan/observed.ts';
import { conditions } from '../pressure/thresholds.ts';
import type { PodEvents } from '../record/pod-events.ts';
import {
  containerType,
  nodePressureType,
  type PodAdmission,
  type PodSpec,
  podAdmissionType,
  podEvictionType,
  podKey,
  podSpecType,
  podStatusType,
  runtimeStateType,
  stoppedPodType,
} from '../resources.ts';
import { admitPods, runKey } from './admit.ts';
import type { AdmittingNode } from './node.ts';

export interface AdmissionOptions {
  readonly node: Omit<AdmittingNode, 'labels' | 'pressures'>;
  /** Whether pods that are not the system's are kept out while the node is short of something. */
  readonly mindsPressure: boolean;
  readonly events: PodEvents;
}

const ALL = ['node'];

/**
 * Admits pods to the node. All are decided together, since one may take what another needs. Before the runtime has
 * told what runs nothing is decided: what runs is admitted.
 */
export const admissionController = ({ node, mindsPressure, events }: AdmissionOptions): Controller => ({
  name: 'admission',
  inputs: [
    input(podSpecType, () => ALL),
    input(podStatusType, () => ALL),
    input(runtimeStateType, () => ALL),
    input(nodeLabelsType, () => ALL),
    input(stoppedPodType, () => ALL),
    input(podEvictionType, () => ALL),
    ...(mindsPressure ? [input(nodePressureType, () => ALL)] : []),
  ],
  outputs: [podAdmissionType],
  async reconcile(_key, { store, put, remove }) {
    const labels = store.get(nodeLabelsType, node.name);
    if (labels === undefined) return { kind: 'wait', for: 'the labels of this node' };
    if (store.list(runtimeStateType)[0]?.value.listed !== true)
      return { kind: 'wait', for: 'the container runtime to list its containers' };
    if (mindsPressure && store.list(nodePressureType).length === 0)
      return { kind: 'wait', for: 'what the node is short of' };
    const pressures = conditions.filter((id) => mindsPressure && store.get(nodePressureType, id)?.isPressed);
    const specs = store.list(podSpecType).map(({ value }) => value);
    const decided = admitPods({
      specs,
      before: (key) => store.get(podAdmissionType, key),
      status: (key) => store.get(podStatusType, key)?.pod,
      pods: () => store.list(podStatusType).map(({ value }) => value.pod),
      known: once(() => knownIn(store)),
      running: once(() => runningIn(store)),
      stopped: new Set(store.list(stoppedPodType).map(({ id }) => id)),
      evicted: new Map(store.list(podEvictionType).map(({ id, value }) => [id, value])),
      node: { ...node, labels, pressures },
    });
    for (const { id } of store.list(podAdmissionType)) if (!decided.has(id)) remove(podAdmissionType, id);
    for (const spec of specs) {
      const key = podKey(spec);
      const admission = decided.get(key);
      const before = store.get(podAdmissionType, key);
      if (admission === undefined || admission === before) continue;
      put(podAdmissionType, key, admission);
      report(events, spec, before, admission);
    }
    return done;
  },
});

/** `NAMESPACE/NAME` of every pod of which something runs, and the same with its uid. */
const runningIn = (store: Reader): ReadonlySet<string> =>
  new Set(
    store
      .list(containerType)
      .filter(({ value }) => isRunning(value))
      .flatMap(({ value: { pod } }) => [podKey(pod), runKey(podKey(pod), pod.uid)]),
  );

const knownIn = (store: Reader): ReadonlySet<string> =>
  new Set(store.list(containerType).map(({ value: { pod } }) => runKey(podKey(pod), pod.uid)));

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** Says what keeps a pod from running, once for each reason (pkg/kubelet/kubelet.go rejectPod). */
const report = (events: PodEvents, spec: PodSpec, before: PodAdmission | undefined, admission: PodAdmission): void => {
  if (admission.state === 'admitted' || isDeepStrictEqual(before, admission)) return;
  const type = admission.state === 'rejected' || admission.state === 'evicted' ? 'Warning' : 'Normal';
  const reason = admission.state === 'stopped' ? 'Stopped' : admission.reason;
  events.pod(spec, type, reason, admission.message);
};
