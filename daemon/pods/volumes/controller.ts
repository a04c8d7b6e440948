import { BootletError, messageOf } from '../../errors.ts';
import { jitteredDelay } from '../../reconcile/backoff.ts';
import { type Context, type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { Reader } from '../../reconcile/store.ts';
import { podFiles } from '../create/pod-files.ts';
import { seenAnnotation } from '../manifest/identity.ts';
import { isRunning } from '../plan/observed.ts';
import type { PodEvents } from '../record/pod-events.ts';
import {
  containerType,
  type PodSpec,
  podAdmissionType,
  podKey,
  podSpecType,
  podStatusType,
  type VolumeState,
  volumeStateType,
} from '../resources.ts';
import type { Pod, Volume } from '../v1.ts';
import { showsAnnotations } from './downward-files.ts';
import { keptEmptyDirs } from './kept-empty-dirs.ts';
import { volumesInUse } from './location.ts';
import { prepareVolume, type VolumeHost } from './prepare.ts';
import { volumesOf } from './prepared.ts';
import { takeOverEmptyDirs } from './take-over.ts';

/** The kubelet's pace is the same at first and slower in the end (two minutes); most of what is waited for is only looked at. */
const RETRY = { base: 500, cap: 30_000 };

export interface VolumeControllerOptions extends VolumeHost {
  readonly store: Reader;
  /** The state folder. */
  readonly state: string;
  readonly random: () => number;
  readonly events: PodEvents;
}

/** What failed lately for one pod as it was wanted then. In memory only: a new daemon tries at once. */
interface Attempt {
  readonly of: Pod;
  readonly failures: number;
  readonly retryAt: number;
}

/** Makes the volumes of pods ready before anything else of them is made. One key for each pod name. */
export const volumeController = (options: VolumeControllerOptions): Controller => {
  const attempts = new Map<string, Attempt>();
  const { store } = options;
  const ifPending = (key: string): readonly string[] => {
    const spec = store.get(podSpecType, key);
    return spec === undefined || isReady(store, spec) ? [] : [key];
  };
  return {
    name: 'volumes',
    inputs: [
      input(podSpecType),
      input(podAdmissionType),
      input(podStatusType, ({ id }) => ifPending(id)),
      input(containerType, ({ value }) => ifPending(podKey(value.pod))),
    ],
    outputs: [volumeStateType],
    // A volume whose server does not answer holds up no other pod.
    concurrency: 1000,
    reconcile: (key, context) => reconcile(options, attempts, key, context),
  };
};

const isReady = (store: Reader, spec: PodSpec): boolean => volumesOf(store, spec)?.state === 'ready';

const reconcile = async (
  options: VolumeControllerOptions,
  attempts: Map<string, Attempt>,
  key: string,
  context: Context,
): Promise<Outcome> => {
  const { store } = context;
  const spec = store.get(podSpecType, key);
  for (const { id, value } of store.list(volumeStateType))
    if (value.pod === key && id !== spec?.uid) context.remove(volumeStateType, id);
  if (attempts.get(key)?.of !== spec?.pod) attempts.delete(key);
  if (spec === undefined || isReady(store, spec) || !isAdmitted(store, key, spec)) return done;
  const last = attempts.get(key);
  if (last !== undefined && options.clock.now() < last.retryAt) return { kind: 'requeue', at: last.retryAt };

  const tell = (state: VolumeState['state'], reason = '', message = ''): void =>
    context.put(volumeStateType, spec.uid, { pod: key, of: spec.pod, state, reason, message });
  const missing = missingInput(store, key, spec);
  if (missing !== undefined) {
    tell('preparing', 'Waiting', missing);
    return done;
  }
  const problems = await prepareAll(options, store, key, spec);
  // Another edit may have come meanwhile: a state without its pod would stay for good.
  if (store.get(podSpecType, key)?.pod !== spec.pod) return { kind: 'requeue', at: options.clock.now() };
  if (problems.length === 0) {
    attempts.delete(key);
    tell('ready');
    return done;
  }
  const failures = (last?.failures ?? 0) + 1;
  const retryAt = options.clock.now() + jitteredDelay(failures, RETRY, options.random());
  attempts.set(key, { of: spec.pod, failures, retryAt });
  for (const problem of problems) options.events.pod(spec, 'Warning', 'FailedMount', problem);
  tell('failed', 'FailedMount', problems.join('; '));
  return { kind: 'requeue', at: retryAt };
};

/** Nothing is made for a pod that may not run: no folder of the host's either. */
const isAdmitted = (store: Reader, key: string, { uid }: PodSpec): boolean => {
  const admission = store.get(podAdmissionType, key);
  return admission?.uid === uid && admission.state === 'admitted';
};

const missingInput = (store: Reader, key: string, spec: PodSpec): string | undefined => {
  const { pod, uid } = spec;
  const seen = store.get(podStatusType, key)?.pod.metadata.uid === uid;
  const keeps = keptEmptyDirs(pod).length > 0;
  if (keeps && endedPods(store, key, uid) === 'running') return 'the pod before it, whose emptyDirs it keeps, to end';
  return !seen && volumesInUse(pod).some(showsAnnotations) ? 'the pod to be seen' : undefined;
};

/** The uids of earlier pods of this name of which something is left, the newest first; `running` while one of them is not at its end. */
const endedPods = (store: Reader, key: string, uid: string): readonly string[] | 'running' => {
  const others = store
    .list(containerType)
    .map(({ value }) => value)
    .filter(({ pod }) => podKey(pod) === key && pod.uid !== uid);
  if (others.some((c) => c.kind === 'container' && isRunning(c))) return 'running';
  return [...new Set(others.toSorted((a, b) => b.createdAt - a.createdAt).map(({ pod }) => pod.uid))];
};

/** What is wrong, in one sentence for each volume. */
const prepareAll = async (
  options: VolumeControllerOptions,
  store: Reader,
  key: string,
  { pod, uid }: PodSpec,
): Promise<readonly string[]> => {
  const files = podFiles(options.state, uid);
  const ended = keptEmptyDirs(pod).length > 0 ? endedPods(store, key, uid) : [];
  try {
    for (const old of ended === 'running' ? [] : ended)
      await takeOverEmptyDirs(pod, podFiles(options.state, old), files, options.mounter);
  } catch (error) {
    return [`emptyDirs of the pod before cannot be kept: ${describe(error)}`];
  }
  const asSeen = withSight(pod, store.get(podStatusType, key)?.pod);
  const prepare = async (volume: Volume): Promise<readonly string[]> => {
    try {
      await prepareVolume(volume, asSeen, files, options);
      return [];
    } catch (error) {
      return [`MountVolume.SetUp failed for volume "${volume.name}" : ${describe(error)}`];
    }
  };
  return (await Promise.all(volumesInUse(pod).map(prepare))).flat();
};

/** With the annotation that says when the pod was first seen; all else of it may have been edited since. */
const withSight = (pod: Pod, seen: Pod | undefined): Pod => {
  const at = seen?.metadata.uid === pod.metadata.uid ? seen.metadata.annotations?.[seenAnnotation] : undefined;
  if (at === undefined) return pod;
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, [seenAnnotation]: at } },
  };
};

const describe = (error: unknown): string =>
  error instanceof BootletError && error.hint !== undefined ? `${error.message} (${error.hint})` : messageOf(error);
