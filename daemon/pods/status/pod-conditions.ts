import type { Failure } from '../plan/observed.ts';
import type { ContainerStatus, Pod, PodCondition } from '../v1.ts';
import { rfc3339 } from './time.ts';

type Verdict = Pick<PodCondition, 'type' | 'status'> & { readonly reason?: string; readonly message?: string };

export interface ConditionFacts {
  readonly phase: string;
  readonly sandboxReady: boolean;
  /** Why there is no sandbox yet, where making one failed. */
  readonly sandboxTrouble: Pick<Failure, 'reason' | 'message'> | undefined;
  readonly inits: readonly ContainerStatus[];
  readonly mains: readonly ContainerStatus[];
}

const yes = (type: string, reason?: string): Verdict => ({
  type,
  status: 'True',
  ...(reason === undefined ? {} : { reason }),
});
const no = (type: string, reason: string, message?: string): Verdict => ({
  type,
  status: 'False',
  reason,
  ...(message === undefined ? {} : { message }),
});

/** The conditions of a pod as the kubelet generates them (pkg/kubelet/status/generate.go). */
export const podConditions = (pod: Pod, facts: ConditionFacts, now: number): readonly PodCondition[] => {
  const before = pod.status?.conditions ?? [];
  const verdicts: readonly Verdict[] = [
    readyToStart(facts),
    initialized(facts),
    ready('Ready', facts),
    ready('ContainersReady', facts),
    yes('PodScheduled'),
  ];
  return verdicts.map((verdict) => {
    const last = before.find((c) => c.type === verdict.type);
    const flipped = last?.status !== verdict.status;
    return { ...verdict, lastTransitionTime: flipped ? rfc3339(now) : (last.lastTransitionTime ?? rfc3339(now)) };
  });
};

/** The kubelet gives no reason here and leaves it to events; without an apiserver the status is where one looks. */
const readyToStart = ({ sandboxReady, sandboxTrouble }: ConditionFacts): Verdict => {
  const type = 'PodReadyToStartContainers';
  if (sandboxReady) return yes(type);
  return sandboxTrouble === undefined
    ? { type, status: 'False' }
    : no(type, sandboxTrouble.reason, sandboxTrouble.message);
};

const initialized = ({ inits, mains, phase }: ConditionFacts): Verdict => {
  if (phase === 'Succeeded') return yes('Initialized', 'PodCompleted');
  const mainStarted = mains.some((s) => s.state?.running !== undefined || s.state?.terminated !== undefined);
  const incomplete = mainStarted ? [] : inits.filter((s) => !s.ready).map((s) => s.name);
  if (incomplete.length === 0) return yes('Initialized');
  return no('Initialized', 'ContainersNotInitialized', `containers with incomplete status: [${incomplete.join(' ')}]`);
};

const ready = (type: string, { mains, phase }: ConditionFacts): Verdict => {
  if (phase === 'Succeeded') return no(type, 'PodCompleted');
  if (phase === 'Failed') return no(type, 'PodFailed');
  const unready = mains.filter((s) => !s.ready).map((s) => s.name);
  if (unready.length === 0) return yes(type);
  return no(type, 'ContainersNotReady', `containers with unready status: [${unready.join(' ')}]`);
};
