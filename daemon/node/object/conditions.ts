import type { NodeCondition } from 'kubernetes-types/core/v1.d.ts';
import { rfc3339 } from '../../kubernetes/time.ts';
import type { NodePressure, PodNetwork } from '../../shared-resources.ts';

/** In the order in which the kubelet has them; Ready is the last of all. */
const pressures = ['MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

/** The conditions that are this host's to write; others (NetworkUnavailable) belong to those who wrote them. */
export const ownConditions: readonly string[] = [...pressures, 'Ready'];

/** What decides about them. Undefined is what nobody has looked at yet. */
export interface Health {
  /** By condition. */
  readonly pressures: ReadonlyMap<string, NodePressure>;
  readonly runtime: { readonly ready: boolean; readonly message: string } | undefined;
  readonly network: PodNetwork | undefined;
}

type Verdict = Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>;

/**
 * The conditions of the Node. lastTransitionTime moves only when the status flips.
 * @param before those that the Node has
 */
export const nodeConditions = (health: Health, before: readonly NodeCondition[], now: number): NodeCondition[] => {
  const time = rfc3339(now);
  return [...pressuresOf(health), readyOf(health)].map((verdict) => {
    const last = before.find(({ type }) => type === verdict.type);
    const lastTransitionTime = (last?.status === verdict.status && last.lastTransitionTime) || time;
    return { ...verdict, lastHeartbeatTime: time, lastTransitionTime };
  });
};

/** One that was not looked at yet is left out: neither is it true nor false. */
const pressuresOf = (health: Health): readonly Verdict[] =>
  pressures.flatMap((type) => {
    const pressure = health.pressures.get(type);
    if (pressure === undefined) return [];
    const { isPressed, reason, message } = pressure;
    return [{ type, status: isPressed ? 'True' : 'False', reason, message }];
  });

const readyOf = ({ runtime, network }: Health): Verdict => {
  const not = (reason: string, message: string): Verdict => ({ type: 'Ready', status: 'False', reason, message });
  if (runtime?.ready !== true)
    return not('RuntimeNotReady', `the container runtime is not ready: ${runtime?.message ?? 'not asked yet'}`);
  if (network === undefined) return not('NetworkNotReady', 'the pod network is not known yet');
  if (network.state === 'waiting')
    return not('NetworkNotReady', `the pod network is not ready: ${network.reason}: ${network.message}`);
  return { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'bootlet is posting ready status' };
};
