import type { ObservedContainer } from '../../runtime/runtime.ts';
import type { PodNetwork } from '../../shared-resources.ts';
import { hasEnded, isRunning, sandboxesOf } from '../plan/observed.ts';
import { type PodSpec, podKey, type SandboxRenewal } from '../resources.ts';
import { whyStale } from './stale.ts';

/** For the sandbox beyond the grace of its pod, ms. */
const PATIENCE_MS = 2 * 60_000;
const DEFAULT_GRACE_SECONDS = 30;

export interface RenewalInput {
  readonly before: SandboxRenewal | undefined;
  readonly network: PodNetwork | undefined;
  /** Those that are wanted and admitted, in the order in which they are renewed. */
  readonly pods: readonly PodSpec[];
  readonly containers: readonly ObservedContainer[];
  readonly now: number;
}

export interface NextRenewal {
  readonly renewal: SandboxRenewal;
  /** Set where it begins: of which pod, and why. */
  readonly begun?: { readonly pod: PodSpec; readonly why: string };
}

/** Whose turn it is: it stays that of a pod until its new sandbox runs. Pure. */
export const nextRenewal = ({ before, network, pods, containers, now }: RenewalInput): NextRenewal => {
  const standings = pods.map((pod) => {
    const [newest] = sandboxesOf(containers, pod.uid);
    return { pod, newest, why: newest === undefined ? undefined : whyStale(network, pod.pod, newest) };
  });
  const current = before?.current;
  const holder = standings.find(({ pod }) => podKey(pod) === current?.pod);
  const isUnderWay =
    holder !== undefined &&
    (holder.newest?.id === current?.sandboxId
      ? holder.why !== undefined || (holder.newest !== undefined && hasEnded(holder.newest))
      : holder.newest === undefined || !isRunning(holder.newest));
  if (before !== undefined && current !== undefined && isUnderWay && now < current.until) return { renewal: before };
  const late = current !== undefined && isUnderWay ? [current.sandboxId] : [];
  const overdue = [...(before?.overdue ?? []), ...late].filter((id) => containers.some((c) => c.id === id));
  for (const { pod, newest, why } of standings) {
    if (newest === undefined || why === undefined || overdue.includes(newest.id)) continue;
    const graceSeconds = pod.pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
    const until = now + graceSeconds * 1000 + PATIENCE_MS;
    return { renewal: { current: { pod: podKey(pod), sandboxId: newest.id, until }, overdue }, begun: { pod, why } };
  }
  return { renewal: { overdue } };
};
