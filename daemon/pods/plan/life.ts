import type { ObservedContainer } from '../../runtime/runtime.ts';
import type { Container, Pod } from '../v1.ts';
import { label, numberLabel } from './labels.ts';
import { allContainersOf, exitCodeOf, hasEnded } from './observed.ts';
import { matchingRule } from './restart.ts';

/*
 * A container may say that its end makes the whole pod begin anew, init containers first and in the same sandbox
 * (restart rule RestartAllContainers; pkg/kubelet/container ShouldAllContainersRestart). The kubelet removes every
 * container and so forgets that they ran. Here each container carries the number of the life it was made in: what is of
 * an earlier life is history. It is counted and not dated, so that a clock that is set back does no harm.
 */

/** The life a container was made in. */
export const lifeOf = (run: ObservedContainer): number => numberLabel(run.labels, label.life, 0);

/** The life a pod is in: one more than that of an end that called for the next. */
export const currentLife = (seen: readonly ObservedContainer[], uid: string, pod: Pod): number => {
  const runs = seen.filter((c) => c.kind === 'container' && c.pod.uid === uid);
  if (!canBeginAnew(pod)) return Math.max(0, ...runs.map(lifeOf));
  const containers = new Map(allContainersOf(pod).map((c) => [c.name, c]));
  return Math.max(0, ...runs.map((run) => lifeOf(run) + (beginsAnew(containers.get(run.container), run) ? 1 : 0)));
};

const beginsAnew = (container: Container | undefined, run: ObservedContainer): boolean =>
  container !== undefined &&
  hasEnded(run) &&
  matchingRule(container, exitCodeOf(run))?.action === 'RestartAllContainers';

/** Whether a rule of any container may begin the pod anew (pkg/api/v1/pod AllContainersCouldRestart). */
export const canBeginAnew = (pod: Pod): boolean =>
  allContainersOf(pod).some((c) => c.restartPolicyRules?.some((rule) => rule.action === 'RestartAllContainers'));
