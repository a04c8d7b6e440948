/** What a group of processes may use at most. */
export interface CgroupLimits {
  /** Weight against its siblings, as cgroup v1 counts it: 2 to 262144; absent: as every other. */
  readonly cpuShares?: number;
  /** µs of CPU time in each period of 100 ms; absent: no limit. */
  readonly cpuQuota?: number;
  readonly memoryBytes?: number;
  /** On cgroup v2, where it is apart from memory. */
  readonly swapBytes?: number;
  /** Bytes by size of page (`2Mi`); a size that is not named is not to be had. */
  readonly hugePages?: ReadonlyMap<string, bigint>;
}

/** Control groups of the host, in the way that its container runtime handles them. A path names the groups from the top. */
export interface Cgroups {
  /** How the runtime is told to put a container below a group. */
  parent(path: readonly string[]): string;
  /**
   * Makes a group and those above it, and sets its limits. Resolves with what this host does not let it set, in words.
   * @throws BootletError E_CGROUP when the group cannot be made at all
   */
  ensure(path: readonly string[], limits: CgroupLimits): Promise<readonly string[]>;
  /** Removes a group that holds no process any more; gone already is no error. @throws BootletError E_CGROUP when it holds one */
  remove(path: readonly string[]): Promise<void>;
}

/** Cgroup v2's weight for v1's shares, so that minimum, default and maximum are the same (opencontainers/cgroups). */
export const cpuWeight = (shares: number): number => {
  if (shares <= 2) return 1;
  if (shares >= 262_144) return 10_000;
  const log = Math.log2(shares);
  return Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34));
};

/** Of a quota of CPU time. */
export const PERIOD_US = 100_000;
