import type { PressureCondition } from '../pressure/thresholds.ts';

/** What of this node decides whether a pod may run on it. */
export interface AdmittingNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** For pods: `pods`, `cpu` in millicores, `memory`, `ephemeral-storage` and `hugepages-SIZE` in bytes. */
  readonly allocatable: ReadonlyMap<string, bigint>;
  /** Whether the kernel enforces AppArmor profiles. */
  readonly appArmor: boolean;
  /** Sysctls that are allowed beside the safe ones. */
  readonly unsafeSysctls: readonly string[];
  /** What it is short of; empty where that keeps no pod out. */
  readonly pressures: readonly PressureCondition[];
}

/** Why a pod may not run here, in the kubelet's words. */
export interface Rejection {
  readonly reason: string;
  readonly message: string;
}
