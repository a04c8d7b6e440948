import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCodeOf } from '../errors.ts';

/** What a control group has used since it was made. A controller that is not there leaves its part out. */
export interface CgroupUsage {
  readonly cpuNanoseconds?: number;
  readonly memory?: CgroupMemory;
  readonly processes?: number;
}

/** All but the counts of faults in bytes. */
export interface CgroupMemory {
  readonly usage: number;
  /** What cannot be taken back at once: the usage without the page cache that nobody used lately. */
  readonly workingSet: number;
  readonly rss: number;
  readonly cache: number;
  readonly swap: number;
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

/**
 * The usage of a container's control group, of v1 or v2; undefined when the process or its group is gone. Read at once
 * and on the spot: the kernel answers from memory.
 * @param pid of its first process
 * @param id which the runtime put into the group's name: an init system moves itself into a group below it
 */
export const usageOfContainer = (
  { pid, id }: { readonly pid: number; readonly id: string },
  { proc, cgroup }: CgroupRoots,
): CgroupUsage | undefined => {
  const membership = textOf(join(proc, String(pid), 'cgroup'));
  if (membership === undefined) return undefined;
  const paths = pathsIn(membership, id);
  const v1 = (controller: string): string | undefined => {
    const path = paths.get(controller);
    return path === undefined ? undefined : join(cgroup, controller, path);
  };
  const usage =
    v1('memory') === undefined
      ? usageOfV2(join(cgroup, paths.get('') ?? '/'))
      : usageOfV1({ memory: v1('memory'), cpuacct: v1('cpuacct'), pids: v1('pids') });
  return Object.keys(usage).length === 0 ? undefined : usage;
};

/** `12:cpu,cpuacct:/path` by controller; `0::/path` of v2 has the empty name; proc_pid_cgroup(5). */
const pathsIn = (membership: string, id: string): ReadonlyMap<string, string> =>
  new Map(
    [...membership.matchAll(/^\d+:([^:]*):(.*)$/gm)].flatMap(([, controllers = '', path = '']) => {
      const parts = path.split('/');
      const own = parts.slice(0, parts.findIndex((part) => part.includes(id)) + 1).join('/');
      return controllers.split(',').map((name): [string, string] => [name, own === '' ? path : own]);
    }),
  );

type V1Folders = Readonly<Record<'memory' | 'cpuacct' | 'pids', string | undefined>>;

/** Beyond this a limit of v1 is its way to say that there is none. */
const V1_UNLIMITED = 2 ** 62;

const usageOfV1 = ({ memory, cpuacct, pids }: V1Folders): CgroupUsage => {
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
            swap: of('total_swap'),
            ...(limit > 0 && limit < V1_UNLIMITED ? { limit } : {}),
            pageFaults: of('total_pgfault'),
            majorPageFaults: of('total_pgmajfault'),
          },
        }),
    ...processesIn(pids),
  };
};

const usageOfV2 = (folder: string): CgroupUsage => {
  const microseconds = statIn(folder, 'cpu.stat').get('usage_usec');
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
            swap: numberIn(folder, 'memory.swap.current') ?? 0,
            ...(limit === undefined ? {} : { limit }),
            pageFaults: of('pgfault'),
            majorPageFaults: of('pgmajfault'),
          },
        }),
    ...processesIn(folder),
  };
};

const processesIn = (folder: string | undefined): { readonly processes?: number } => {
  const text = folder === undefined ? undefined : textOf(join(folder, 'cgroup.procs'));
  return text === undefined ? {} : { processes: text.split('\n').length - 1 };
};

/** Undefined also for a word such as `max`. */
const numberIn = (folder: string | undefined, file: string): number | undefined => {
  const text = folder === undefined ? undefined : textOf(join(folder, file));
  return text !== undefined && /^\d+\n?$/.test(text) ? Number(text) : undefined;
};

/** `name value` on each line. */
const statIn = (folder: string | undefined, file: string): ReadonlyMap<string, number> => {
  const text = folder === undefined ? undefined : textOf(join(folder, file));
  const lines = (text ?? '').split('\n').map((line) => line.split(' '));
  return new Map(lines.map(([name = '', value]): [string, number] => [name, Number(value)]));
};

const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // ENODEV and ESRCH: the group or the process ended between the open and the read.
    if (['ENOENT', 'ENODEV', 'ESRCH', 'ENOTDIR'].includes(systemCodeOf(error) ?? '')) return undefined;
    throw error;
  }
};
