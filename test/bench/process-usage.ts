import { readdir, readFile } from 'node:fs/promises';

export interface Usage {
  /** User and system time since their start, of the processes and of those of their children that ended. */
  readonly cpuSeconds: number;
  /** MB are 10^6 bytes. */
  readonly rssMB: number;
  readonly pssMB: number;
  readonly processes: number;
}

/** Linux counts time for user space in this unit on every architecture. */
const TICKS_PER_SECOND = 100;

/** Sums over a process and all its descendants. */
export const usageOf = async (root: number): Promise<Usage> => {
  const stats = await readStats();
  const family = new Set([root]);
  for (let before = 0; before < family.size; ) {
    before = family.size;
    for (const { pid, parent } of stats) if (family.has(parent)) family.add(pid);
  }
  const members = stats.filter(({ pid }) => family.has(pid));
  const memory = await Promise.all(members.map(({ pid }) => memoryOf(pid)));
  return {
    cpuSeconds: sum(members.map(({ ticks }) => ticks)) / TICKS_PER_SECOND,
    rssMB: sum(memory.map(({ rss }) => rss)) / 1e6,
    pssMB: sum(memory.map(({ pss }) => pss)) / 1e6,
    processes: members.length,
  };
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

const readStats = async (): Promise<Stat[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map(statOf));
  return stats.filter((stat) => stat !== undefined);
};

/** Fields by proc(5), counted from behind the command, which may hold spaces and parentheses. */
const statOf = async (pid: string): Promise<Stat | undefined> => {
  const line = await readIfThere(`/proc/${pid}/stat`);
  if (line === '') return undefined;
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [, parent, ...rest] = fields.map(Number);
  // utime, stime, cutime and cstime
  return { pid: Number(pid), parent: parent ?? 0, ticks: sum(rest.slice(9, 13)) };
};

const memoryOf = async (pid: number): Promise<{ readonly rss: number; readonly pss: number }> => {
  const rollup = await readIfThere(`/proc/${pid}/smaps_rollup`);
  const bytes = (key: string) => Number(new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(rollup)?.[1] ?? 0) * 1024;
  return { rss: bytes('Rss'), pss: bytes('Pss') };
};

/** Processes may end between two looks. */
const readIfThere = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return '';
    throw error;
  });
