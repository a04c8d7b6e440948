import { systemCodeOf } from '../../errors.ts';
import { cgroupOf, environmentOf, listProcesses, parentOf } from '../../host/processes.ts';

/** What finding and killing a container's processes needs of the host. */
export interface ContainerProcesses {
  list(): readonly number[];
  /** The text of /proc/PID/cgroup; empty when there is no such process. */
  cgroupOf(pid: number): string;
  environmentOf(pid: number): readonly string[];
  parentOf(pid: number): number;
  kill(pid: number): void;
}

const PROC = '/proc';

export const hostProcesses: ContainerProcesses = {
  list: () => listProcesses(PROC),
  cgroupOf: (pid) => cgroupOf(PROC, pid),
  environmentOf: (pid) => environmentOf(PROC, pid),
  parentOf: (pid) => parentOf(PROC, pid),
  kill: (pid) => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (systemCodeOf(error) !== 'ESRCH') throw error;
    }
  },
};

/**
 * The processes of a container that a command in it began, itself included, by their pids on the host: those that carry
 * its mark in their environment, also in sessions of their own and without their parents, and the children of these,
 * also with another environment. Only what is in the container's cgroup counts, whatever it carries: a pid that docker
 * remembers may be another process's by now.
 */
export const leftBehind = (
  processes: ContainerProcesses,
  containerId: string,
  { mark, pid: commandPid }: { readonly mark: string; readonly pid: number },
): readonly number[] => {
  const inside = processes.list().filter((pid) => processes.cgroupOf(pid).includes(containerId));
  const found = new Set(inside.filter((pid) => pid === commandPid || processes.environmentOf(pid).includes(mark)));
  const parents = new Map(inside.map((pid) => [pid, processes.parentOf(pid)]));
  for (let before = -1; found.size > before; ) {
    before = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  return [...found];
};
