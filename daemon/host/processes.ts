import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { systemCodeOf } from '../errors.ts';
import { readKernelFile } from './kernel-file.ts';
import { upperFolderIn } from './mountinfo.ts';

/** @param proc where procfs is mounted */
export const listProcesses = (proc: string): readonly number[] =>
  readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** The arguments that a process was started with; none for one that is gone and for a thread of the kernel. */
export const argumentsOf = (proc: string, pid: number): readonly string[] => wordsOf(proc, pid, 'cmdline');

/** The environment that a process was started with, `NAME=value`; none for one that is gone. */
export const environmentOf = (proc: string, pid: number): readonly string[] => wordsOf(proc, pid, 'environ');

/** The text of /proc/PID/cgroup; empty when there is no such process. */
export const cgroupOf = (proc: string, pid: number): string => readProc(proc, pid, 'cgroup');

/** The folder in which its root file system keeps what is written; undefined where that is no overlay, or it is gone. */
export const upperFolderOf = (proc: string, pid: number): string | undefined =>
  upperFolderIn(readProc(proc, pid, 'mountinfo'));

/** 0 when there is no such process. */
export const parentOf = (proc: string, pid: number): number =>
  Number(/^PPid:\s+(\d+)$/m.exec(readProc(proc, pid, 'status'))?.[1] ?? 0);

/**
 * Whether a process has one of these sockets open, by their inodes. One that ends, or closes it, meanwhile has not.
 * @throws system errors, EACCES for a process that is not to be seen into
 */
export const holdsSocket = (proc: string, pid: number, inodes: readonly (string | number)[]): boolean => {
  const folder = join(proc, String(pid), 'fd');
  const targets = new Set(inodes.map((inode) => `socket:[${inode}]`));
  const names = unlessGone(() => readdirSync(folder)) ?? [];
  return names.some((fd) => targets.has(unlessGone(() => readlinkSync(join(folder, fd))) ?? ''));
};

const unlessGone = <T>(look: () => T): T | undefined => {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(systemCodeOf(error) ?? '')) return undefined;
    throw error;
  }
};

const wordsOf = (proc: string, pid: number, file: string): readonly string[] =>
  readProc(proc, pid, file).split('\0').slice(0, -1);

/** Empty when there is no such process. */
const readProc = (proc: string, pid: number, file: string): string =>
  readKernelFile(join(proc, String(pid), file)) ?? '';
