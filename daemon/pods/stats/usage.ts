import type { CgroupMemory, CgroupUsage } from '../../host/cgroup.ts';
import type { FileSystemUsage } from '../../host/file-system.ts';
import type { FolderUsage } from '../../host/folder-usage.ts';
import type { InterfaceUsage } from '../../host/net-dev.ts';
import type { NodeUsage } from '../../host/node-usage.ts';
import { rfc3339 } from '../../kubernetes/time.ts';
import type { CpuStats, FsStats, MemoryStats, NetworkStats, UsageStats } from './v1alpha1.ts';

/** Two looks at one thing; without an earlier one there is no rate. Times in ms since the epoch. */
export interface Looks<T> {
  readonly at: number;
  readonly now: T;
  readonly beforeAt: number;
  readonly before: T | undefined;
}

const cpuStats = (now: number, before: number | undefined, { at, beforeAt }: Looks<unknown>): CpuStats => {
  const seconds = (at - beforeAt) / 1000;
  // A counter that went back is another group's.
  const rate = before === undefined || seconds <= 0 || now < before ? undefined : Math.round((now - before) / seconds);
  return { time: rfc3339(at), ...(rate === undefined ? {} : { usageNanoCores: rate }), usageCoreNanoSeconds: now };
};

/** @param looks at the control group of a container */
export const containerUsage = (looks: Looks<CgroupUsage>): UsageStats => {
  const { at, now, before } = looks;
  const { cpuNanoseconds: cpu, memory } = now;
  return {
    ...(cpu === undefined ? {} : { cpu: cpuStats(cpu, before?.cpuNanoseconds, looks) }),
    ...(memory === undefined
      ? {}
      : {
          memory: memoryStats(memory, at),
          ...(memory.swap === undefined ? {} : { swap: { time: rfc3339(at), swapUsageBytes: memory.swap } }),
        }),
  };
};

const memoryStats = ({ limit, ...memory }: Omit<CgroupMemory, 'cache' | 'swap'>, at: number): MemoryStats => ({
  time: rfc3339(at),
  ...(limit === undefined ? {} : { availableBytes: Math.max(0, limit - memory.workingSet) }),
  usageBytes: memory.usage,
  workingSetBytes: memory.workingSet,
  rssBytes: memory.rss,
  pageFaults: memory.pageFaults,
  majorPageFaults: memory.majorPageFaults,
});

export const nodeUsageStats = (looks: Looks<NodeUsage>): Required<UsageStats> => {
  const { at, now, before } = looks;
  const { memory, swap } = now;
  return {
    cpu: cpuStats(now.cpuNanoseconds, before?.cpuNanoseconds, looks),
    memory: memoryStats({ ...memory, limit: memory.capacity }, at),
    swap: { time: rfc3339(at), swapUsageBytes: swap.usage, swapAvailableBytes: swap.total - swap.usage },
  };
};

/** Of several groups together; what none of them tells is left out. */
export const sumOf = (usages: readonly CgroupUsage[]): CgroupUsage => {
  const memories = usages.flatMap(({ memory }) => memory ?? []);
  const cpu = total(usages, ({ cpuNanoseconds }) => cpuNanoseconds);
  const processes = total(usages, (usage) => usage.processes);
  return {
    ...(cpu === undefined ? {} : { cpuNanoseconds: cpu }),
    ...(memories.length === 0 ? {} : { memory: memoryOf(memories, usages.length) }),
    ...(processes === undefined ? {} : { processes }),
  };
};

const memoryOf = (memories: readonly CgroupMemory[], groups: number): CgroupMemory => {
  const add = (of: (memory: CgroupMemory) => number): number => memories.reduce((sum, one) => sum + of(one), 0);
  // What one container may use bounds them all only where each has a limit.
  const isLimited = memories.length === groups && memories.every(({ limit }) => limit !== undefined);
  const swap = total(memories, (memory) => memory.swap);
  return {
    usage: add(({ usage }) => usage),
    workingSet: add(({ workingSet }) => workingSet),
    rss: add(({ rss }) => rss),
    cache: add(({ cache }) => cache),
    ...(swap === undefined ? {} : { swap }),
    ...(isLimited ? { limit: add(({ limit = 0 }) => limit) } : {}),
    pageFaults: add(({ pageFaults }) => pageFaults),
    majorPageFaults: add(({ majorPageFaults }) => majorPageFaults),
  };
};

/** Of those that tell it; undefined when none does. */
const total = <T>(all: readonly T[], of: (one: T) => number | undefined): number | undefined => {
  const known = all.flatMap((one) => of(one) ?? []);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0);
};

/** The first interface counts as the main one, `eth0` where there is one by that name. */
export const networkStats = (usages: readonly InterfaceUsage[], at: number): NetworkStats => {
  const interfaces = usages.map(({ name, rxBytes, rxErrors, txBytes, txErrors }) => ({
    name,
    rxBytes,
    rxErrors,
    txBytes,
    txErrors,
  }));
  const main = interfaces.find(({ name }) => name === 'eth0') ?? interfaces[0];
  return { time: rfc3339(at), ...main, interfaces };
};

/** A whole file system. */
export const fsStats = (fs: FileSystemUsage, at: number): FsStats => ({
  time: rfc3339(at),
  availableBytes: fs.available,
  capacityBytes: fs.capacity,
  usedBytes: fs.used,
  inodesFree: fs.inodesFree,
  inodes: fs.inodes,
  inodesUsed: fs.inodes - fs.inodesFree,
});

/** A folder on a file system: the room is the file system's, the use its own. */
export const folderStats = (fs: FileSystemUsage, folder: FolderUsage | undefined, at: number): FsStats => {
  const { usedBytes: _bytes, inodesUsed: _inodes, ...room } = fsStats(fs, at);
  return { ...room, ...(folder === undefined ? {} : { usedBytes: folder.bytes, inodesUsed: folder.inodes }) };
};
