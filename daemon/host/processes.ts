import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCodeOf } from '../errors.ts';

// Synchronous on purpose: procfs answers from memory, and handing each read to a thread costs ten times the read itself.

/** @param proc where procfs is mounted */
export const listProcesses = (proc: string): readonly number[] =>
  readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** The arguments that a process was started with; none for one that is gone and for a thread of the kernel. */
export const argumentsOf = (proc: string, pid: number): readonly string[] => {
  try {
    return readFileSync(join(proc, String(pid), 'cmdline'), 'utf8')
      .split('\0')
      .slice(0, -1);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT' || code === 'ESRCH') return [];
    throw error;
  }
};
