import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BootletError, messageOf } from '../errors.ts';
import { readKernelFile } from './kernel-file.ts';

/** The kernel's settings, each by its path below /proc/sys: a name of the form `a.b.c` is ambiguous where an interface's name has a dot. */
export interface Sysctls {
  /** Without its end of line. Undefined where this kernel has none, or has it not now: a module that is not loaded, an interface that is gone. */
  read(path: string): string | undefined;
  /** @throws BootletError E_HOST_COMMAND */
  write(path: string, value: string): Promise<void>;
}

/** @param root /proc/sys; what it has below `net` is of the network namespace that bootlet is in */
export const hostSysctls = (root = '/proc/sys'): Sysctls => ({
  read: (path) => readKernelFile(join(root, path))?.trimEnd(),
  write: async (path, value) => {
    try {
      await writeFile(join(root, path), value);
    } catch (cause) {
      throw new BootletError('E_HOST_COMMAND', `sysctl ${path}=${value}: ${messageOf(cause)}`, { cause });
    }
  },
});
