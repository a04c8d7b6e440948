/** The shapes of k8s.io/kubelet/pkg/apis/stats/v1alpha1, as far as they are filled in. Times are RFC 3339. */
export interface Summary {
  readonly node: NodeStats;
  readonly pods: readonly PodStats[];
}

export interface NodeStats extends UsageStats {
  readonly nodeName: string;
  readonly startTime: string;
  readonly network?: NetworkStats;
  readonly fs?: FsStats;
  readonly runtime?: { readonly imageFs?: FsStats; readonly containerFs?: FsStats };
  readonly rlimit: { readonly time: string; readonly maxpid: number; readonly curproc: number };
}

export interface PodStats extends UsageStats {
  readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly startTime: string;
  readonly containers: readonly ContainerStats[];
  readonly network?: NetworkStats;
  readonly volume?: readonly VolumeStats[];
  readonly 'ephemeral-storage'?: FsStats;
  readonly process_stats?: { readonly process_count: number };
}

export interface ContainerStats extends UsageStats {
  readonly name: string;
  readonly startTime: string;
  readonly rootfs?: FsStats;
  readonly logs?: FsStats;
}

export interface UsageStats {
  readonly cpu?: CpuStats;
  readonly memory?: MemoryStats;
  readonly swap?: { readonly time: string; readonly swapUsageBytes: number; readonly swapAvailableBytes?: number };
}

export interface CpuStats {
  readonly time: string;
  /** Billionths of a core. */
  readonly usageNanoCores?: number;
  readonly usageCoreNanoSeconds: number;
}

export interface MemoryStats {
  readonly time: string;
  /** Absent where there is no limit. */
  readonly availableBytes?: number;
  readonly usageBytes: number;
  readonly workingSetBytes: number;
  readonly rssBytes: number;
  readonly pageFaults: number;
  readonly majorPageFaults: number;
}

export interface InterfaceStats {
  readonly name: string;
  readonly rxBytes: number;
  readonly rxErrors: number;
  readonly txBytes: number;
  readonly txErrors: number;
}

/** The counters of the main interface, and those of each. */
export interface NetworkStats extends Partial<InterfaceStats> {
  readonly time: string;
  readonly interfaces: readonly InterfaceStats[];
}

export interface FsStats {
  readonly time: string;
  readonly availableBytes?: number;
  readonly capacityBytes?: number;
  readonly usedBytes?: number;
  readonly inodesFree?: number;
  readonly inodes?: number;
  readonly inodesUsed?: number;
}

export interface VolumeStats extends FsStats {
  readonly name: string;
}
