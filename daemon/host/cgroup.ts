import { basename, dirname, join } from 'node:path';
import { readKernelFile } from './kernel-file.ts';
import { cgroupOf } from './processes.ts';

/** What a control group has used since it was made. A controller that is not there leaves its part out. */
export interface CgroupUsage {
  readonly cpuNanoseconds?: number;
  readonly memory?: CgroupMemory;
  readonly processes?: number;
  /** Only of a group whose CPU time is limited. */
  readonly throttling?: CgroupThrottling;
}

/** Periods of a limit of CPU time, and what of them was waited for. */
export interface CgroupThrottling {
  readonly periods: number;
  readonly throttledPeriods: number;
  readonly throttledNanoseconds: number;
}

/** All but the counts of faults in bytes. */
export interface CgroupMemory {
  readonly usage: number;
  /** What cannot be taken back at once: the usage without the page cache that nobody used lately. */
  readonly workingSet: number;
  readonly rss: number;
  readonly cache: number;
  /** Absent where the kernel does not count it. */
  readonly swap?: number;
  /** Absent: none. */
  readonly limit?: number;
  readonly pageFaults: number;
  readonly majorPageFaults: number;
}

export interface CgroupRoots {
  /** Where procfs is mounted. */
  readonly proc: string;
  /** Where the control groups are mounted. */
  readonly cgroup: string;
}

/** A group's path by controller; the one hierarchy of v2 has the empty name. */
export type CgroupPaths = ReadonlyMap<string, string>;

/**
 * The control group of a container, of v1 or v2; undefined when its process is gone.
 * @param pid of its first process
 * @param id which the runtime put into the group's name: an init system moves itself into a group below it
 */
export const cgroupOfContainer = (
  { pid, id }: { readonly pid: number; readonly id: string },
  { proc }: Pick<CgroupRoots, 'proc'>,
): CgroupPaths | undefined => {
  const membership = cgroupOf(proc, pid);
  return membership === '' ? undefined : pathsIn(membership, id);
};

/** The group right above another, where each hierarchy has one whose name passes; undefined where it is another's. */
export const cgroupAbove = (paths: CgroupPaths, isNamed: (name: string) => boolean): CgroupPaths | undefined => {
  const above = new Map([...paths].map(([controller, path]) => [controller, dirname(path)]));
  const main = pathOfCgroup(above);
  return isNamed(basename(main)) ? above : undefined;
};

/** Where the group is told of, as cadvisor names it. */
export const pathOfCgroup = (paths: CgroupPaths): string => paths.get('memory') ?? paths.get('') ?? '/';

/** What a group has used; undefined when it is gone. Read at once and on the spot: the kernel answers from memory. */
export const usageOfCgroup = (paths: CgroupPaths, { cgroup }: Pick<CgroupRoots, 'cgroup'>): CgroupUsage | undefined => {
  const v1 = (controller: string): string | undefined => {
    const path = paths.get(controller);
    return path === undefined ? undefined : join(cgroup, controller, path);
  };
  const usage =
    v1('memory') === undefined
      ? usageOfV2(join(cgroup, paths.get('') ?? '/'))
      : usageOfV1({ memory: v1('memory'), cpu: v1('cpu'), cpuacct: v1('cpuacct'), pids: v1('pids') });
  return Object.keys(usage).length === 0 ? undefined : usage;
};

/** `12:cpu,cpuacct:/path` by controller; `0::/path` of v2 has the empty name; proc_pid_cgroup(5). */
const pathsIn = (membership: string, id: string): CgroupPaths =>
  new Map(
    [...membership.matchAll(/^\d+:([^:]*):(.*)$/gm)].flatMap(([, controllers = '', path = '']) => {
      const parts = path.split('/');
      const own = parts.slice(0, parts.findIndex((part) => part.includes(id)) + 1).join('/');
      return controllers.split(',').map((name): [string, string] => [name, own === '' ? path : own]);
    }),
  );

type V1Folders = Readonly<Record<'memory' | 'cpu' | 'cpuacct' | 'pids', string | undefined>>;

/** Beyond this a limit of v1 is its way to say that there is none. */
const V1_UNLIMITED = 2 ** 62;

const usageOfV1 = ({ memory, cpu: scheduler, cpuacct, pids }: V1Folders): CgroupUsage => {
  const cpu = numberIn(cpuacct, 'cpuacct.usage');
  const usage = numberIn(memory, 'memory.usage_in_bytes');
  const stat = statIn(memory, 'memory.stat');
  const of = (name: string): number => stat.get(name) ?? 0;
  const limit = of('hierarchical_memory_limit');
  return {
    ...(cpu === undefined ? {} : { cpuNanoseconds: cpu }),
    ...(usage === undefined
      ? {}
      : {
          memory: {
            usage,
            workingSet: Math.max(0, usage - of('total_inactive_file')),
            rss: of('total_rss'),
            cache: of('total_cache'),
            ...swapOf(stat.get('total_swap')),
            ...(limit > 0 && limit < V1_UNLIMITED ? { limit } : {}),
            pageFaults: of('total_pgfault'),
            majorPageFaults: of('total_pgmajfault'),
          },
        }),
    ...processesIn(pids),
    ...throttlingIn(statIn(scheduler, 'cpu.stat'), 'throttled_time', 1),
  };
};

const usageOfV2 = (folder: string): CgroupUsage => {
  const cpuStat = statIn(folder, 'cpu.stat');
  const microseconds = cpuStat.get('usage_usec');
  const usage = numberIn(folder, 'memory.current');
  const stat = statIn(folder, 'memory.stat');
  const of = (name: string): number => stat.get(name) ?? 0;
  const limit = numberIn(folder, 'memory.max');
  return {
    ...(microseconds === undefined ? {} : { cpuNanoseconds: microseconds * 1000 }),
    ...(usage === undefined
      ? {}
      : {
          memory: {
            usage,
            workingSet: Math.max(0, usage - of('inactive_file')),
            rss: of('anon'),
            cache: of('file'),
            ...swapOf(numberIn(folder, 'memory.swap.current')),
            ...(limit === undefined ? {} : { limit }),
            pageFaults: of('pgfault'),
            majorPageFaults: of('pgmajfault'),
          },
        }),
    ...processesIn(folder),
    ...throttlingIn(cpuStat, 'throttled_usec', 1000),
  };
};

const swapOf = (swap: number | undefined): Pick<CgroupMemory, 'swap'> => (swap === undefined ? {} : { swap });

/** @param unit of the time, nanoseconds */
const throttlingIn = (
  stat: ReadonlyMap<string, number>,
  time: string,
  unit: number,
): { readonly throttling?: CgroupThrottling } => {
  const periods = stat.get('nr_periods') ?? 0;
  if (periods === 0) return {};
  const throttledNanoseconds = (stat.get(time) ?? 0) * unit;
  return { throttling: { periods, throttledPeriods: stat.get('nr_throttled') ?? 0, throttledNanoseconds } };
};

const processesIn = (folder: string | undefined): { readonly processes?: number } => {
  const text = folder === undefined ? undefined : readKernelFile(join(folder, 'cgroup.procs'));
  return text === undefined ? {} : { processes: text.split('\n').length - 1 };
};

/** Undefined also for a word such as `max`. */
const numberIn = (folder: string | undefined, file: string): number | undefined => {
  const text = folder === undefined ? undefined : readKernelFile(join(folder, file));
  return text !== undefined && /^\d+\n?$/.test(text) ? Number(text) : undefined;
};

/** `name value` on each line. */
const statIn = (folder: string | undefined, file: string): ReadonlyMap<string, number> => {
  const text = folder === undefined ? undefined : readKernelFile(join(folder, file));
  const lines = (text ?? '').split('\n').map((line) => line.split(' '));
  return new Map(lines.map(([name = '', value]): [string, number] => [name, Number(value)]));
};
