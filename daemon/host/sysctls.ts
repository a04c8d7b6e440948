import { accessSync, constants, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BootletError, messageOf, systemCodeOf } from '../errors.ts';
import { readKernelFile } from './kernel-file.ts';

/** The kernel's settings, each by its path below /proc/sys: a name of the form `a.b.c` is ambiguous where an interface's name has a dot. */
export interface Sysctls {
  /** With a single space between several values. Undefined where this kernel has none, or has it not now: a module that is not loaded, an interface that is gone. */
  read(path: string): string | undefined;
  /** @throws BootletError E_HOST_COMMAND, not retryable for a value that the kernel does not take */
  write(path: string, value: string): Promise<void>;
}

/** The same with what may be asked of the files themselves. */
export interface SysctlFiles extends Sysctls {
  /** The names in a folder of it, of interfaces for one; none where there is no such folder. */
  names(folder: string): readonly string[];
  isWritable(path: string): boolean;
}

/**
 * The file of a sysctl below /proc/sys. As in sysctl.d(5): where a slash comes before the first dot slashes separate,
 * and dots are part of a name (net/ipv4/conf/eth0.7/rp_filter); else it is the other way round.
 */
export const sysctlPath = (name: string): string =>
  /^[^./]*\//.test(name) ? name : name.replace(/[./]/g, (c) => (c === '.' ? '/' : '.'));

/** As people write it; where a dot is part of a name, with slashes, which sysctl.d takes too. `sysctlPath` takes it back. */
export const sysctlName = (path: string): string => (path.includes('.') ? path : path.replaceAll('/', '.'));

const notSet = (path: string, value: string, cause: unknown): BootletError => {
  const isRefused = ['EINVAL', 'ERANGE'].includes(systemCodeOf(cause) ?? '');
  return new BootletError(
    'E_HOST_COMMAND',
    `sysctl ${sysctlName(path)} cannot be set to ${value}: ${messageOf(cause)}`,
    {
      cause,
      ...(isRefused ? { hint: 'choose another value in network.sysctls', retryable: false } : {}),
    },
  );
};

/** @param root /proc/sys; what it has below `net` is of the network namespace that bootlet is in */
export const hostSysctls = (root = '/proc/sys'): SysctlFiles => ({
  read: (path) => readKernelFile(join(root, path))?.trim().replace(/\s+/g, ' '),
  write: async (path, value) => {
    try {
      await writeFile(join(root, path), `${value}\n`);
    } catch (cause) {
      throw notSet(path, value, cause);
    }
  },
  names: (folder) => {
    try {
      return readdirSync(join(root, folder));
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return [];
      throw error;
    }
  },
  isWritable: (path) => {
    try {
      accessSync(join(root, path), constants.W_OK);
      return true;
    } catch {
      return false;
    }
  },
});
