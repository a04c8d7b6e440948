import type { Resources } from '../../runtime/runtime.ts';
import { qosClassOf } from '../status/qos.ts';
import type { Container, Pod } from '../v1.ts';
import { milliOf } from './quantities.ts';

/** The kubelet's numbers: pkg/kubelet/cm/helpers_linux.go and pkg/kubelet/qos/policy.go. */
const MIN_SHARES = 2;
const SHARES_PER_CPU = 1024;
const QUOTA_PERIOD_US = 100_000;
const MIN_QUOTA_US = 1000;
const OOM = { sandbox: -998, guaranteed: -997, bestEffort: 1000, critical: -997 };

export const sandboxResources = (): Resources => ({
  cpuShares: MIN_SHARES,
  oomScoreAdj: OOM.sandbox,
});

/** @param memoryCapacity of the host, bytes: what a Burstable container asks for of it decides how soon it is killed when memory runs out */
export const containerResources = (pod: Pod, container: Container, memoryCapacity: number): Resources => {
  const cpuLimit = milliOf(container.resources?.limits?.['cpu']);
  const cpuRequest =
    container.resources?.requests?.['cpu'] === undefined ? cpuLimit : milliOf(container.resources.requests['cpu']);
  const memoryLimit = Math.ceil(milliOf(container.resources?.limits?.['memory']) / 1000);
  return {
    cpuShares: Math.max(MIN_SHARES, Math.floor((cpuRequest * SHARES_PER_CPU) / 1000)),
    ...(cpuLimit > 0 ? { cpuQuota: Math.max(MIN_QUOTA_US, Math.floor((cpuLimit * QUOTA_PERIOD_US) / 1000)) } : {}),
    ...(memoryLimit > 0 ? { memoryBytes: memoryLimit } : {}),
    oomScoreAdj: oomScoreAdj(pod, container, memoryCapacity),
  };
};

const isNodeCritical = (pod: Pod): boolean => pod.spec.priorityClassName === 'system-node-critical';

const oomScoreAdj = (pod: Pod, container: Container, memoryCapacity: number): number => {
  if (isNodeCritical(pod)) return OOM.critical;
  const qos = qosClassOf(pod);
  if (qos === 'Guaranteed') return OOM.guaranteed;
  if (qos === 'BestEffort') return OOM.bestEffort;
  const asked = container.resources?.requests?.['memory'] ?? container.resources?.limits?.['memory'];
  const share = Math.floor(1000 - milliOf(asked) / memoryCapacity);
  return Math.min(OOM.bestEffort - 1, Math.max(1000 + OOM.guaranteed - 1, share));
};
