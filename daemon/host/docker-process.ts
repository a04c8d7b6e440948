import { realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readKernelFile } from './kernel-file.ts';
import { argumentsOf, holdsSocket, listProcesses } from './processes.ts';

/** The dockerd that listens on a socket. */
export interface DockerProcess {
  readonly pid: number;
  /** Tells it from an earlier or later one of the same pid. */
  readonly id: string;
  /** Milliseconds since the epoch, give or take 30. */
  readonly startedAt: number;
  /** Its command line without the program's name. */
  readonly args: readonly string[];
}

/** Of /proc/PID/stat, which every Linux gives in hundredths of a second (USER_HZ). */
const TICK_MS = 10;

/** Ticks since the boot at which the process was started, proc_pid_stat(5); undefined when it is gone. */
const startOf = (proc: string, pid: number): number | undefined => {
  const stat = readKernelFile(join(proc, String(pid), 'stat'));
  // The name, in parentheses, may hold anything.
  const ticks = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  return Number.isNaN(ticks) ? undefined : ticks;
};

const bootedAt = (proc: string): number =>
  Date.now() - Number(readKernelFile(join(proc, 'uptime'))?.split(' ')[0] ?? 0) * 1000;

const pathOf = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

/** Inodes of the sockets that are bound to the path, in the network namespace of the process. */
const inodesOf = (proc: string, pid: number, path: string): readonly string[] => {
  const lines = (readKernelFile(join(proc, String(pid), 'net/unix')) ?? '').split('\n');
  const real = pathOf(path);
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , , , , , bound = '']) => basename(bound) === basename(path) && pathOf(bound) === real)
    .flatMap(([, , , , , , inode]) => inode ?? []);
};

const processOf = (proc: string, pid: number): DockerProcess | undefined => {
  const ticks = startOf(proc, pid);
  if (ticks === undefined) return undefined;
  const startedAt = bootedAt(proc) + ticks * TICK_MS;
  return { pid, id: `${pid}-${ticks}`, startedAt, args: argumentsOf(proc, pid).slice(1) };
};

/** The most files that the process may have open; undefined where it is gone or has no limit. */
export const openFilesOf = (proc: string, pid: number): number | undefined => {
  const [, hard] = /^Max open files\s+\S+\s+(\d+)/m.exec(readKernelFile(join(proc, String(pid), 'limits')) ?? '') ?? [];
  return hard === undefined ? undefined : Number(hard);
};

export interface FindDockerOptions {
  /** Of its API: `unix:///var/run/docker.sock`. */
  readonly endpoint: string;
  /** The host's root folder. */
  readonly root: string;
}

/**
 * Gives a function that finds the dockerd, undefined where none listens there. Only a dockerd that was not seen before
 * costs a look at every process.
 */
export const dockerFinder = ({ endpoint, root }: FindDockerOptions): (() => DockerProcess | undefined) => {
  const socketPath = endpoint.replace(/^unix:\/\//, '');
  const proc = join(root, 'proc');
  let last: DockerProcess | undefined;
  return () => {
    if (last !== undefined && `${last.pid}-${startOf(proc, last.pid)}` === last.id) return last;
    // systemd, which may hold the socket too, is not it.
    const daemons = listProcesses(proc).filter(
      (pid) => readKernelFile(join(proc, String(pid), 'comm'))?.trim() === 'dockerd',
    );
    const pid = daemons.find((one) => holdsSocket(proc, one, inodesOf(proc, one, socketPath)));
    last = pid === undefined ? undefined : processOf(proc, pid);
    return last;
  };
};

/** A dockerd that was found, and no other that has its number by now, reads its configuration again. False: it is gone. */
export const reloadDocker = ({ pid, id }: Pick<DockerProcess, 'pid' | 'id'>, proc: string): boolean => {
  if (`${pid}-${startOf(proc, pid)}` !== id) return false;
  process.kill(pid, 'SIGHUP');
  return true;
};
