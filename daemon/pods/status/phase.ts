import type { ContainerStatus, Pod } from '../v1.ts';

/** The kubelet's getPhase (pkg/kubelet/kubelet_pods.go), for containers and init containers without sidecars. */
export const phaseOf = (pod: Pod, inits: readonly ContainerStatus[], mains: readonly ContainerStatus[]): string => {
  const policy = pod.spec.restartPolicy ?? 'Always';
  const failedInits = inits.filter((s) => (s.state?.terminated?.exitCode ?? 0) !== 0);
  const initPending = inits.some((s) => s.state?.terminated === undefined && s.lastState?.terminated?.exitCode !== 0);
  if (failedInits.length > 0 && policy === 'Never') return 'Failed';
  const mainsSeen = mains.some((s) => s.state?.running !== undefined || s.state?.terminated !== undefined);
  if (!mainsSeen && (initPending || failedInits.length > 0 || inits.some((s) => s.state?.terminated === undefined)))
    return 'Pending';

  const waiting = mains.filter((s) => s.state?.waiting !== undefined);
  if (waiting.some((s) => s.lastState?.terminated === undefined)) return 'Pending';
  if (mains.some((s) => s.state?.running !== undefined)) return 'Running';
  if (waiting.length > 0) return 'Running';
  if (mains.length === 0) return 'Pending';
  if (policy === 'Always') return 'Running';
  const failed = mains.some((s) => s.state?.terminated?.exitCode !== 0);
  if (!failed) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
};
