import { isDeepStrictEqual } from 'node:util';
import type { Pod, PodStatus } from 'kubernetes-types/core/v1.d.ts';
import { jitteredDelay } from '../../reconcile/backoff.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { EventRing } from '../../reconcile/events.ts';
import type { Reader } from '../../reconcile/store.ts';
import { containerType, runtimeStateType } from '../../runtime/resources.ts';
import { podSpecType, podStatusType, sourcesReadyType } from '../../shared-resources.ts';
import type { Apiserver } from '../apiserver/apiserver.ts';
import { type Refusal, refusalOf } from '../apiserver/refusal.ts';
import { type BoundPods, uidOf } from '../bound-pods/bound-pods.ts';
import { deletePod } from '../bound-pods/delete-pod.ts';
import { collectionPath, podPath } from '../bound-pods/paths.ts';
import { decodePod } from '../bound-pods/pod-watch.ts';
import { STRATEGIC_MERGE } from '../registration/paths.ts';
import { boundPodsListedType, boundPodType, registrationType, sessionType } from '../resources.ts';
import { strategicMerge } from '../strategic-merge.ts';
import type { NewMirror, StaticPod } from './mirror-pod.ts';
import { planMirror } from './plan.ts';
import { shownStatus, type Transitions, transitionsOf } from './status.ts';

/** What is refused is tried again at this pace: a namespace may come, which no node may watch. */
const RETRY = { base: 2000, cap: 60_000 };
/** The lists of a pod's status that are merged (k8s.io/api/core/v1 PodStatus). */
const MERGE_KEYS = { conditions: 'type', podIPs: 'ip', hostIPs: 'ip' };

export interface MirrorOptions {
  readonly nodeName: string;
  readonly store: Reader;
  readonly apiserver: Apiserver;
  readonly boundPods: BoundPods;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly events: EventRing;
}

/** What is remembered of one name. */
interface Memory {
  /** The static pod that it is of. */
  readonly uid: string;
  /** Transitions as this process saw them first. */
  readonly first: Transitions;
  /** What was sent last, and what the cluster made of it: the same again would change nothing. */
  sent?: { readonly status: StaticPod['status']; readonly shown: PodStatus };
  refused?: { readonly message: string; readonly times: number; readonly retryAt: number };
}

/**
 * Shows the cluster every static pod by a mirror pod, as the kubelet does, with the status that the pod has here. Keys are
 * `NAMESPACE/NAME`. The pod itself does not know: nothing that happens here changes it.
 */
export const mirrorController = (options: MirrorOptions): Controller => {
  const { nodeName, store, apiserver, boundPods, clock, random, events } = options;
  const memories = new Map<string, Memory>();

  const all = (): readonly string[] => [
    ...new Set([
      ...store.list(podStatusType).map(({ id }) => id),
      ...store.list(boundPodType).map(({ value }) => keyOf(value)),
    ]),
  ];

  const memoryOf = (key: string, pod: StaticPod): Memory => {
    const known = memories.get(key);
    const { uid = '' } = pod.metadata;
    if (known?.uid === uid) return known;
    const memory = { uid, first: transitionsOf(pod.status ?? {}) };
    memories.set(key, memory);
    return memory;
  };

  const create = async (mirror: NewMirror): Promise<void> => {
    const { namespace = '' } = mirror.metadata;
    const path = collectionPath(namespace, 'pods');
    const { body } = await apiserver.call({ method: 'POST', path, body: mirror });
    boundPods.changed(decodePod(body));
  };

  const show = async (pod: StaticPod, mirror: Pod, memory: Memory): Promise<void> => {
    const { sent } = memory;
    const before = mirror.status ?? {};
    if (isDeepStrictEqual(sent?.status, pod.status) && isDeepStrictEqual(sent?.shown, before)) return;
    const status = strategicMerge({ ...before }, { ...shownStatus(pod, mirror, memory.first) }, MERGE_KEYS);
    if (status === undefined) return;
    const answer = await apiserver.call({
      method: 'PATCH',
      path: `${podPath(nameOf(mirror))}/status`,
      contentType: STRATEGIC_MERGE,
      // The uid is a precondition: one that was made anew has not this one's status.
      body: { metadata: { uid: uidOf(mirror) }, status },
      expect: [404, 409],
    });
    if (answer.status >= 400) {
      boundPods.gone(uidOf(mirror));
      return;
    }
    const shown = decodePod(answer.body);
    memory.sent = { status: pod.status, shown: shown.status ?? {} };
    boundPods.changed(shown);
  };

  const carryOut = async (key: string, pod: StaticPod | undefined, uid: string): Promise<Outcome> => {
    const step = planMirror({
      pod,
      isPresent: pod !== undefined || isPresent(store, key),
      bound: boundOf(store, key),
      owner: { nodeName, uid },
    });
    if (step.do === 'yield') return { kind: 'wait', for: `the name ${key}, which another pod of the cluster has` };
    if (step.do === 'create') await create(step.mirror);
    else if (step.do === 'delete') await deletePod(apiserver, boundPods, step.mirror);
    else if (step.do === 'show') await show(step.pod, step.mirror, memoryOf(key, step.pod));
    return done;
  };

  /** What is said twice in a row is told once: an apiserver may not have seen yet that there is a Node. */
  const noteRefusal = (pod: StaticPod, memory: Memory, refusal: Refusal): Outcome => {
    const message = `the cluster does not take its mirror pod: ${refusal.message || `HTTP ${refusal.status}`}`;
    const times = memory.refused?.message === message ? memory.refused.times + 1 : 1;
    const retryAt = clock.now() + jitteredDelay(times, RETRY, random());
    memory.refused = { message, times, retryAt };
    const subject = { kind: 'Pod', ...nameOf(pod), uid: memory.uid };
    if (times === 2) events.report({ type: 'Warning', reason: 'MirrorPodRefused', message, subject });
    return { kind: 'wait', for: message, at: retryAt };
  };

  return {
    name: 'mirror-pods',
    inputs: [
      input(podStatusType),
      input(podSpecType),
      input(boundPodType, ({ value }) => [keyOf(value)]),
      input(containerType, ({ value: { pod } }) => [`${pod.namespace}/${pod.name}`]),
      input(boundPodsListedType, all),
      input(registrationType, all),
      input(sessionType, all),
      input(sourcesReadyType, all),
      input(runtimeStateType, all),
    ],
    outputs: [],
    concurrency: 8,
    async reconcile(key): Promise<Outcome> {
      const pod = store.get(podStatusType, key)?.pod;
      if (pod === undefined) memories.delete(key);
      const registration = store.get(registrationType, nodeName);
      if (registration?.state !== 'registered' || store.get(boundPodsListedType, nodeName) === undefined) return done;
      if (store.get(sessionType, nodeName)?.state === 'away') return done;
      const memory = pod === undefined ? undefined : memoryOf(key, pod);
      const { message = '', retryAt = 0 } = memory?.refused ?? {};
      if (clock.now() < retryAt) return { kind: 'wait', for: message, at: retryAt };
      try {
        const outcome = await carryOut(key, pod, registration.uid);
        delete memory?.refused;
        return outcome;
      } catch (error) {
        const refusal = refusalOf(error);
        if (pod === undefined || memory === undefined || refusal === undefined || !isFinal(refusal)) throw error;
        return noteRefusal(pod, memory, refusal);
      }
    },
  };
};

/** Whether it is about this pod, and no trouble of the server or with the credentials. */
const isFinal = ({ status }: Refusal): boolean => status < 500 && status !== 401 && status !== 429;

const nameOf = ({ metadata }: Pod | StaticPod) => ({
  namespace: metadata?.namespace ?? '',
  name: metadata?.name ?? '',
});

const keyOf = (pod: Pod): string => {
  const { namespace, name } = nameOf(pod);
  return `${namespace}/${name}`;
};

/** One that is being deleted may still be there beside the one that has its name now. */
const boundOf = (store: Reader, key: string): Pod | undefined =>
  store.list(boundPodType).find(({ value }) => keyOf(value) === key)?.value;

/** Also while not all is known that could tell. */
const isPresent = (store: Reader, key: string): boolean =>
  store.list(sourcesReadyType).length === 0 ||
  !store.list(runtimeStateType).some(({ value }) => value.listed) ||
  store.get(podSpecType, key) !== undefined ||
  store
    .list(containerType)
    .some(({ value: { pod, state } }) => `${pod.namespace}/${pod.name}` === key && state === 'running');
