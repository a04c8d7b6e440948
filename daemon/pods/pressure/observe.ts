import { systemCodeOf } from '../../errors.ts';
import { type FileSystemUsage, fileSystemOf } from '../../host/file-system.ts';
import { nodeUsage } from '../../host/node-usage.ts';
import type { ContainerRuntime } from '../../runtime/runtime.ts';
import type { Observation, Observations } from './thresholds.ts';

export interface ObserveOptions {
  /** Where procfs is mounted. */
  readonly proc: string;
  /** The state folder: what it lies on is the nodefs. */
  readonly state: string;
  readonly runtime: Pick<ContainerRuntime, 'dataRoot'>;
}

/** Looks at what the thresholds are about. A runtime that is away leaves the imagefs out. */
export const observePressure = ({ proc, state, runtime }: ObserveOptions): (() => Promise<Observations>) => {
  let imageFolder: string | undefined;
  return async () => {
    const { memory, pids } = nodeUsage(proc);
    imageFolder ??= await dataRootOf(runtime);
    const nodefs = await fileSystemOf(state);
    const imagefs = imageFolder === undefined ? undefined : await fileSystemOf(imageFolder);
    return {
      'memory.available': { available: memory.capacity - memory.workingSet, capacity: memory.capacity },
      'pid.available': { available: pids.max - pids.used, capacity: pids.max },
      'nodefs.available': bytesOf(nodefs),
      'nodefs.inodesFree': inodesOf(nodefs),
      ...(imagefs === undefined
        ? {}
        : { 'imagefs.available': bytesOf(imagefs), 'imagefs.inodesFree': inodesOf(imagefs) }),
    };
  };
};

const bytesOf = ({ available, capacity }: FileSystemUsage): Observation => ({ available, capacity });

const inodesOf = ({ inodes, inodesFree }: FileSystemUsage): Observation => ({
  available: inodesFree,
  capacity: inodes,
});

const dataRootOf = async (runtime: Pick<ContainerRuntime, 'dataRoot'>): Promise<string | undefined> => {
  try {
    return await runtime.dataRoot();
  } catch (error) {
    if (systemCodeOf(error) === 'E_RUNTIME_UNAVAILABLE') return undefined;
    throw error;
  }
};
