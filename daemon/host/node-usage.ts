import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The whole host's, at one moment. */
export interface NodeUsage {
  readonly cpuNanoseconds: number;
  /** Bytes. */
  readonly memory: {
    readonly capacity: number;
    readonly usage: number;
    readonly workingSet: number;
    readonly rss: number;
    readonly pageFaults: number;
    readonly majorPageFaults: number;
  };
  readonly swap: { readonly total: number; readonly usage: number };
  /** Threads, as the kernel counts what pid_max limits. */
  readonly pids: { readonly max: number; readonly used: number };
  /** When the host started, ms since the epoch. */
  readonly bootedAt: number;
}

/** USER_HZ is 100 on every architecture that Node runs on; time(7). */
const TICK_NANOSECONDS = 10_000_000;
/** Columns of /proc/stat that are work: user, nice, system, irq, softirq, steal. Idle and iowait are not, guest is in user. */
const BUSY = [0, 1, 2, 5, 6, 7];

/** @param proc where procfs is mounted */
export const nodeUsage = (proc: string): NodeUsage => {
  const read = (...path: string[]): string => readFileSync(join(proc, ...path), 'utf8');
  const stat = read('stat');
  const ticks = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '').split(' ').map(Number);
  const bootedAt = Number(/^btime (\d+)$/m.exec(stat)?.[1]) * 1000;
  const memory = memoryInfo(read('meminfo'));
  const faults = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(vmstat)?.[1] ?? 0);
  const vmstat = read('vmstat');
  const usage = memory('MemTotal') - memory('MemFree');
  const limits = ['pid_max', 'threads-max'].map((name) => Number(read('sys', 'kernel', name)));
  return {
    cpuNanoseconds: BUSY.reduce((sum, column) => sum + (ticks[column] ?? 0), 0) * TICK_NANOSECONDS,
    memory: {
      capacity: memory('MemTotal'),
      usage,
      workingSet: Math.max(0, usage - memory('Inactive(file)')),
      rss: memory('AnonPages'),
      pageFaults: faults('pgfault'),
      majorPageFaults: faults('pgmajfault'),
    },
    swap: { total: memory('SwapTotal'), usage: memory('SwapTotal') - memory('SwapFree') },
    pids: { max: Math.min(...limits), used: Number(/\/(\d+) /.exec(read('loadavg'))?.[1] ?? 0) },
    bootedAt,
  };
};

/** The fields of /proc/meminfo, which are in KiB, in bytes. */
const memoryInfo = (text: string): ((name: string) => number) => {
  const kibibytes = new Map(
    [...text.matchAll(/^(\S+): +(\d+)/gm)].map(([, name = '', value]) => [name, Number(value)]),
  );
  return (name) => (kibibytes.get(name) ?? 0) * 1024;
};
