import { PERIOD_US } from '../../host/cgroups/cgroups.ts';

/** The kubelet's numbers: pkg/kubelet/cm/helpers_linux.go. */
export const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
const SHARES_PER_CPU = 1024;
const MIN_QUOTA_US = 1000;

/** Weight against others when the CPU is short (cgroup v1 cpu.shares). */
export const cpuShares = (milliCpu: number): number =>
  Math.min(MAX_SHARES, Math.max(MIN_SHARES, Math.floor((milliCpu * SHARES_PER_CPU) / 1000)));

/** µs of CPU time in each period of 100 ms. */
export const cpuQuota = (milliCpu: number): number => Math.max(MIN_QUOTA_US, Math.floor((milliCpu * PERIOD_US) / 1000));
