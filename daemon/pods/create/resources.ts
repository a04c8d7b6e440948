import type { Resources } from '../../runtime/runtime.ts';
import type { Container, Pod } from '../v1.ts';
import { cpuQuota, cpuShares, MIN_SHARES } from './cpu.ts';
import { oomScoreAdj, SANDBOX_OOM_SCORE_ADJ } from './oom-score.ts';
import { amountIn, milliIn, unitsIn } from './quantities.ts';

export const sandboxResources = (): Resources => ({
  cpuShares: MIN_SHARES,
  oomScoreAdj: SANDBOX_OOM_SCORE_ADJ,
});

/**
 * The limits of one container; the pod's own limits are its as well where it has none (pkg/kubelet/kuberuntime
 * generateLinuxContainerResources). A memory request limits nothing: it decides the oom score.
 * @param memoryCapacity of the host, bytes
 */
export const containerResources = (pod: Pod, container: Container, memoryCapacity: number): Resources => {
  const cpuLimit = milliIn(limitOf(pod, container, 'cpu'));
  const cpuRequest = container.resources?.requests?.['cpu'];
  const memoryLimit = unitsIn(limitOf(pod, container, 'memory'));
  return {
    cpuShares: cpuShares(cpuRequest === undefined ? cpuLimit : milliIn(cpuRequest)),
    ...(cpuLimit > 0 ? { cpuQuota: cpuQuota(cpuLimit) } : {}),
    ...(memoryLimit > 0 ? { memoryBytes: memoryLimit } : {}),
    oomScoreAdj: oomScoreAdj(pod, container, memoryCapacity),
  };
};

const limitOf = (pod: Pod, container: Container, name: string): string | undefined => {
  const own = container.resources?.limits?.[name];
  return amountIn(name, own) > 0n ? own : pod.spec.resources?.limits?.[name];
};
