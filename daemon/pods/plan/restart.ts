import type { ObservedContainer } from '../../runtime/runtime.ts';
import type { Container, Pod } from '../v1.ts';
import { label, numberLabel } from './labels.ts';

/*
 * The kubelet's CrashLoopBackOff (pkg/kubelet/kuberuntime doBackOff, client-go util/flowcontrol Backoff): the first
 * restart is immediate, then 10, 20, 40, 80, 160 and 300 s from the end of the container before; a container that was
 * started more than ten minutes ago begins anew. Each container carries the delay that follows it as a label, so that
 * the series goes on over a restart of the daemon.
 */
const FIRST_SECONDS = 10;
const LONGEST_SECONDS = 300;
const FORGOTTEN_AFTER_MS = 2 * LONGEST_SECONDS * 1000;

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

/** A container's own policy, else its pod's; by default Always (pkg/apis/core/v1 SetDefaults_PodSpec). */
export const policyOf = (pod: Pod, container: Container): RestartPolicy => {
  const policy = container.restartPolicy ?? pod.spec.restartPolicy;
  return policy === 'Never' || policy === 'OnFailure' ? policy : 'Always';
};

/** The first rule of a container that is about this exit code (pkg/api/v1/pod FindMatchingContainerRestartRule). */
export const matchingRule = (container: Container, exitCode: number) =>
  container.restartPolicyRules?.find(({ exitCodes }) => {
    if (exitCodes === undefined) return false;
    const isListed = exitCodes.values?.includes(exitCode) ?? false;
    return exitCodes.operator === 'In' ? isListed : exitCodes.operator === 'NotIn' && !isListed;
  });

/** Whether a container that ended with this exit code is started again (pkg/api/v1/pod ContainerShouldRestart). */
export const restarts = (pod: Pod, container: Container, exitCode: number): boolean => {
  // Of a container without a policy of its own, validation lets no rules pass.
  if (matchingRule(container, exitCode) !== undefined) return true;
  const policy = policyOf(pod, container);
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
};

/** When it ended; one that could not even be started ended when it was made. */
export const endedAt = (container: ObservedContainer): number => container.finishedAt || container.createdAt;

/** The delay that follows a run, seconds. */
export const backoffOf = (container: ObservedContainer): number => numberLabel(container.labels, label.backoff, 0);

export interface Restart {
  /** ms since the epoch; not before. */
  readonly at: number;
  /** The delay in force until then; 0 when there is none. */
  readonly delaySeconds: number;
  /** For the new container's label: the delay that will follow it. */
  readonly nextBackoffSeconds: number;
}

/**
 * When to start the container that follows `ended`.
 *
 * A kill by a probe counts from the end of the container *before* it: the kubelet starts the replacement in the same
 * sync in which it kills, when the killed one is not yet among the ended (reproduced on 1.36.3: two free restarts).
 */
export const restartOf = (
  ended: ObservedContainer,
  before: ObservedContainer | undefined,
  killedByProbe: boolean,
  now: number,
): Restart => {
  const reference = killedByProbe ? before : ended;
  const backoff = backoffOf(ended);
  if (reference === undefined) return { at: 0, delaySeconds: 0, nextBackoffSeconds: backoff };
  const forgotten = endedAt(reference) - ended.createdAt > FORGOTTEN_AFTER_MS;
  if (backoff === 0 || forgotten) return { at: 0, delaySeconds: 0, nextBackoffSeconds: FIRST_SECONDS };
  const nextBackoffSeconds = Math.min(LONGEST_SECONDS, backoff * 2);
  // An end in the future is none to count from: the clock was set back since, and nobody can tell by how much.
  if (endedAt(reference) > now) return { at: 0, delaySeconds: 0, nextBackoffSeconds };
  return { at: endedAt(reference) + backoff * 1000, delaySeconds: backoff, nextBackoffSeconds };
};
