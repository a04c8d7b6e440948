import { BootletError, messageOf } from '../../errors.ts';
import { jitteredDelay } from '../../reconcile/backoff.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { type Context, type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import { podFiles } from '../create/pod-files.ts';
import { type PodSpec, podAdmissionType, podSpecType, type VolumeState, volumeStateType } from '../resources.ts';
import type { Volume } from '../v1.ts';
import type { PodEvents } from '../worker/pod-events.ts';
import type { EmptyDirHost } from './empty-dir.ts';
import { volumesInUse } from './location.ts';
import { prepareVolume } from './prepare.ts';

/** The kubelet's pace is the same at first and slower in the end (two minutes); most of what is waited for is only looked at. */
const RETRY = { base: 500, cap: 30_000 };

export interface VolumeControllerOptions extends EmptyDirHost {
  /** The state folder. */
  readonly state: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly events: PodEvents;
}

/** What failed lately for one pod. In memory only: a new daemon tries at once. */
interface Attempt {
  readonly uid: string;
  readonly failures: number;
  readonly retryAt: number;
}

/** Makes the volumes of pods ready before anything else of them is made. One key for each pod name. */
export const volumeController = (options: VolumeControllerOptions): Controller => {
  const attempts = new Map<string, Attempt>();
  return {
    name: 'volumes',
    inputs: [input(podSpecType), input(podAdmissionType)],
    outputs: [volumeStateType],
    // A volume whose server does not answer holds up no other pod.
    concurrency: 1000,
    reconcile: (key, context) => reconcile(options, attempts, key, context),
  };
};

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
  const before = attempts.get(key);
  if (before !== undefined && before.uid !== spec?.uid) attempts.delete(key);
  if (spec === undefined || store.get(volumeStateType, spec.uid)?.state === 'ready') return done;
  // Nothing is made for a pod that may not run: no folder of the host's either.
  const admission = store.get(podAdmissionType, key);
  if (admission?.uid !== spec.uid || admission.state !== 'admitted') return done;
  const last = attempts.get(key);
  if (last !== undefined && options.clock.now() < last.retryAt) return { kind: 'requeue', at: last.retryAt };

  const tell = (state: Omit<VolumeState, 'pod'>): void =>
    context.put(volumeStateType, spec.uid, { pod: key, ...state });
  const problems = await prepareAll(options, spec);
  // Another edit may have come meanwhile: a state without its pod would stay for good.
  if (store.get(podSpecType, key)?.uid !== spec.uid) return { kind: 'requeue', at: options.clock.now() };
  if (problems.length === 0) {
    attempts.delete(key);
    tell({ state: 'ready', reason: '', message: '' });
    return done;
  }
  const failures = (last?.failures ?? 0) + 1;
  const retryAt = options.clock.now() + jitteredDelay(failures, RETRY, options.random());
  attempts.set(key, { uid: spec.uid, failures, retryAt });
  for (const problem of problems) options.events.pod(spec, 'Warning', 'FailedMount', problem);
  tell({ state: 'failed', reason: 'FailedMount', message: problems.join('; ') });
  return { kind: 'requeue', at: retryAt };
};

/** What is wrong, in one sentence for each volume. */
const prepareAll = async (options: VolumeControllerOptions, { pod, uid }: PodSpec): Promise<readonly string[]> => {
  const files = podFiles(options.state, uid);
  const prepare = async (volume: Volume): Promise<readonly string[]> => {
    try {
      await prepareVolume(volume, pod, files, options);
      return [];
    } catch (error) {
      return [`MountVolume.SetUp failed for volume "${volume.name}" : ${describe(error)}`];
    }
  };
  return (await Promise.all(volumesInUse(pod).map(prepare))).flat();
};

const describe = (error: unknown): string =>
  error instanceof BootletError && error.hint !== undefined ? `${error.message} (${error.hint})` : messageOf(error);
