import type { NodeCondition } from 'kubernetes-types/core/v1.d.ts';

/** What the kubelet reports when a condition becomes true, or false (pkg/kubelet/nodestatus/setters.go). */
const reasons: Readonly<Record<string, { readonly True: string; readonly False: string }>> = {
  MemoryPressure: { True: 'NodeHasInsufficientMemory', False: 'NodeHasSufficientMemory' },
  DiskPressure: { True: 'NodeHasDiskPressure', False: 'NodeHasNoDiskPressure' },
  PIDPressure: { True: 'NodeHasInsufficientPID', False: 'NodeHasSufficientPID' },
  Ready: { True: 'NodeReady', False: 'NodeNotReady' },
};

/** The reasons of the events that a change of conditions is worth: one for each that flipped, or is new. */
export const flipsOf = (before: readonly NodeCondition[], now: readonly NodeCondition[]): readonly string[] =>
  now.flatMap(({ type, status }) => {
    if (before.find((condition) => condition.type === type)?.status === status) return [];
    return (status === 'True' || status === 'False' ? reasons[type]?.[status] : undefined) ?? [];
  });
