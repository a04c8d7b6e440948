import { messageOf, systemCodeOf } from '../../errors.ts';
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
  readonly onFailure: (message: string) => void;
}

/** Looks at what the thresholds are about. What cannot be looked at is left out and keeps no other from being told. */
export const observePressure = ({ proc, state, runtime, onFailure }: ObserveOptions): (() => Promise<Observations>) => {
  const attempt = async <T>(look: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await look();
    } catch (error) {
      if (systemCodeOf(error) === undefined) throw error;
      if (systemCodeOf(error) !== 'E_RUNTIME_UNAVAILABLE') onFailure(messageOf(error));
      return undefined;
    }
  };
  return async () => {
    const node = await attempt(() => nodeUsage(proc));
    const nodefs = await attempt(() => fileSystemOf(state));
    const imagefs = await attempt(async () => fileSystemOf(await runtime.dataRoot()));
    return {
      ...(node === undefined
        ? {}
        : {
            'memory.available': {
              available: node.memory.capacity - node.memory.workingSet,
              capacity: node.memory.capacity,
            },
            'pid.available': { available: node.pids.max - node.pids.used, capacity: node.pids.max },
          }),
      ...(nodefs === undefined ? {} : { 'nodefs.available': bytesOf(nodefs), 'nodefs.inodesFree': inodesOf(nodefs) }),
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
