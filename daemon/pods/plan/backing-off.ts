import type { Pod } from '../v1.ts';
import { nextRun } from './container.ts';
import { endOf, isGivenUp } from './end.ts';
import { containerNamed, hasEnded, type PodView, runsOf } from './observed.ts';
import { rulesOf } from './plan.ts';

/** Whether a container that ended waits for its next start, in a pod that goes on (pkg/kubelet/kuberuntime doBackOff). */
export const isBackingOff = (view: PodView, pod: Pod, uid: string, name: string): boolean => {
  const container = containerNamed(pod, name);
  const [last, before] = runsOf(view.seen, uid, name);
  if (container === undefined || last === undefined || !hasEnded(last)) return false;
  const rules = rulesOf(view, uid, pod);
  const restart = nextRun(view, container, rules, last, before);
  if (restart === undefined || restart.delaySeconds === 0 || view.now >= restart.at) return false;
  return endOf(view, rules) === undefined && !isGivenUp(view, rules);
};
