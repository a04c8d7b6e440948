import { readFileSync } from 'node:fs';
import { systemCodeOf } from '../errors.ts';

/** No such file or group; or the process, group or interface ended between the open and the read. */
const GONE = ['ENOENT', 'ENOTDIR', 'ESRCH', 'ENODEV', 'EINVAL'];

/**
 * The text of a file of procfs or of a control group; undefined when what it tells of is gone. Synchronous on purpose:
 * the kernel answers from memory, and handing each read to a thread costs ten times the read itself.
 */
export const readKernelFile = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (GONE.includes(systemCodeOf(error) ?? '')) return undefined;
    throw error;
  }
};
