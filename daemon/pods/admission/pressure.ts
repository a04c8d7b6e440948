import { isCritical } from '../pressure/rank.ts';
import type { PressureCondition } from '../pressure/thresholds.ts';
import { qosClassOf } from '../status/qos.ts';
import type { Pod } from '../v1.ts';
import type { Rejection } from './node.ts';

const memoryTaint = 'node.kubernetes.io/memory-pressure';

/**
 * Why a node that is short of something takes no pod that is not the system's. While it is short of memory alone it
 * takes those that ask for some of their own, and those that tolerate it (pkg/kubelet/eviction managerImpl.Admit).
 */
export const pressureRejection = (pod: Pod, pressures: readonly PressureCondition[]): Rejection | undefined => {
  if (pressures.length === 0 || isCritical(pod)) return undefined;
  const isMemoryAlone = pressures.every((condition) => condition === 'MemoryPressure');
  if (isMemoryAlone && (qosClassOf(pod) !== 'BestEffort' || toleratesMemoryPressure(pod))) return undefined;
  return { reason: 'Evicted', message: `The node had condition: [${pressures.join(' ')}]. ` };
};

/** Whether one of its tolerations matches the taint, which has no value and the effect NoSchedule (Toleration.ToleratesTaint). */
const toleratesMemoryPressure = ({ spec }: Pod): boolean =>
  (spec.tolerations ?? []).some(
    ({ key = '', operator = '', value = '', effect = '' }) =>
      ['', 'NoSchedule'].includes(effect) &&
      ['', memoryTaint].includes(key) &&
      (operator === 'Exists' || (['', 'Equal'].includes(operator) && value === '')),
  );
