import { rfc3339 } from '../../kubernetes/time.ts';
import { canBeginAnew } from '../plan/life.ts';
import { type Failure, initContainersOf, mainContainersOf } from '../plan/observed.ts';
import { isSidecar } from '../plan/role.ts';
import type { ContainerStatus, Pod, PodCondition } from '../v1.ts';

type Verdict = Pick<PodCondition, 'type' | 'status'> & { readonly reason?: string; readonly message?: string };

export interface ConditionFacts {
  readonly phase: string;
  /** Whether its sandbox is there, with its network. */
  readonly isReadyToStart: boolean;
  /** Why not, where making it failed or something is missing. */
  readonly sandboxTrouble: Pick<Failure, 'reason' | 'message'> | undefined;
  readonly inits: readonly ContainerStatus[];
  readonly mains: readonly ContainerStatus[];
  /** Whether all containers are being ended to begin anew. */
  readonly isRestartingAll: boolean;
}

const yes = (type: string, reason?: string, message?: string): Verdict => ({
  type,
  status: 'True',
  ...(reason === undefined ? {} : { reason }),
  ...(message === undefined ? {} : { message }),
});
const no = (type: string, reason?: string, message?: string): Verdict => ({
  ...yes(type, reason, message),
  status: 'False',
});

/** The conditions of a pod as the kubelet generates them (pkg/kubelet/status/generate.go). */
export const podConditions = (pod: Pod, facts: ConditionFacts, now: number): readonly PodCondition[] => {
  const before = pod.status?.conditions ?? [];
  const { generation = 0 } = pod.metadata;
  const early = [readyToStart(facts), initialized(pod, facts, before)];
  const containersReady = ready(pod, facts);
  const verdicts: readonly Verdict[] = [
    ...early,
    { ...behindGates(pod, containersReady, early), type: 'Ready' },
    containersReady,
    yes('PodScheduled'),
    ...(canBeginAnew(pod) ? [allRestarting(facts)] : []),
  ];
  return verdicts.map((verdict) => {
    const last = before.find((c) => c.type === verdict.type);
    const flipped = last?.status !== verdict.status;
    return {
      ...verdict,
      ...(generation > 0 ? { observedGeneration: generation } : {}),
      lastTransitionTime: flipped ? rfc3339(now) : (last.lastTransitionTime ?? rfc3339(now)),
    };
  });
};

/** The kubelet gives no reason here and leaves it to events; without an apiserver the status is where one looks. */
const readyToStart = ({ isReadyToStart, sandboxTrouble }: ConditionFacts): Verdict => {
  const type = 'PodReadyToStartContainers';
  return isReadyToStart ? yes(type) : no(type, sandboxTrouble?.reason, sandboxTrouble?.message);
};

const initialized = (pod: Pod, { inits, mains, phase }: ConditionFacts, before: readonly PodCondition[]): Verdict => {
  const type = 'Initialized';
  if (phase === 'Succeeded') return yes(type, 'PodCompleted');
  if (mains.some((s) => s.state?.running !== undefined || s.state?.terminated !== undefined)) return yes(type);
  const incomplete = inits.filter((s) => (isSidecarStatus(pod, s) ? s.started !== true : !s.ready));
  const wasInitialized = before.some((c) => c.type === type && c.status === 'True');
  if (incomplete.length === 0 || wasInitialized) return yes(type);
  return no(type, 'ContainersNotInitialized', `containers with incomplete status: ${namesOf(incomplete)}`);
};

/** Of the init containers, only sidecars have to be ready. */
const ready = (pod: Pod, { inits, mains, phase }: ConditionFacts): Verdict => {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return no(type, 'PodCompleted');
  if (phase === 'Failed') return no(type, 'PodFailed');
  const unready = [...inits.filter((s) => isSidecarStatus(pod, s)), ...inSpecOrder(pod, mains)].filter((s) => !s.ready);
  if (unready.length === 0) return yes(type);
  return no(type, 'ContainersNotReady', `containers with unready status: ${namesOf(unready)}`);
};

/**
 * Ready, as far as its readiness gates let it be. Nobody sets a condition of a static pod from outside, so only a gate
 * that names a condition from before Ready can ever be open.
 */
const behindGates = ({ spec }: Pod, containersReady: Verdict, early: readonly Verdict[]): Verdict => {
  const closed = (spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = early.find(({ type }) => type === conditionType);
    if (condition === undefined)
      return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    if (condition.status === 'True') return [];
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`];
  });
  if (containersReady.status !== 'True' || closed.length === 0) return containersReady;
  return no('Ready', 'ReadinessGatesNotReady', closed.join(', '));
};

const allRestarting = ({ phase, isRestartingAll }: ConditionFacts): Verdict => {
  const type = 'AllContainersRestarting';
  if (phase === 'Succeeded') return no(type, 'PodCompleted');
  if (phase === 'Failed') return no(type, 'PodFailed');
  return isRestartingAll
    ? yes(type, 'RestartAllContainersStarted', 'container exited with restart policy rule')
    : no(type);
};

const isSidecarStatus = (pod: Pod, { name }: ContainerStatus): boolean =>
  initContainersOf(pod).some((c) => c.name === name && isSidecar(c));

const inSpecOrder = (pod: Pod, statuses: readonly ContainerStatus[]): readonly ContainerStatus[] =>
  mainContainersOf(pod).flatMap((c) => statuses.find((s) => s.name === c.name) ?? []);

const namesOf = (statuses: readonly ContainerStatus[]): string => `[${statuses.map((s) => s.name).join(' ')}]`;
