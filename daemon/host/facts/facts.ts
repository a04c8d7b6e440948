import { release } from 'node:os';
import { join } from 'node:path';
import { goArchitecture } from '../../kubernetes/well-known-labels.ts';
import { readKernelFile } from '../kernel-file.ts';

/** What the host tells of itself; '' for what it does not tell. */
export interface HostFacts {
  /** Of the installed system: two hosts that have the same are clones. */
  readonly machineID: string;
  /** Of the hardware, or the virtual machine. */
  readonly systemUUID: string;
  /** Another one after each boot. */
  readonly bootID: string;
  readonly kernelVersion: string;
  /** `Debian GNU/Linux 12 (bookworm)` */
  readonly osImage: string;
  /** As Kubernetes calls it: amd64, arm64. */
  readonly architecture: string;
  readonly swapBytes: number;
}

/** The first of these files that there is, without what surrounds its text. */
const firstOf = (root: string, paths: readonly string[]): string => {
  for (const path of paths) {
    const text = readKernelFile(join(root, path))?.replaceAll('\0', '').trim();
    if (text !== undefined && text !== '') return text;
  }
  return '';
};

const osImageIn = (osRelease: string): string =>
  /^PRETTY_NAME=(.*)$/m.exec(osRelease)?.[1]?.replace(/^(["'])(.*)\1$/, '$2') ?? 'Linux';

/**
 * Reads the files that the kubelet reads (cadvisor machine/, utils/sysfs, utils/sysinfo): a millisecond's work, so that no
 * registration waits for it.
 * @param root `/` but in tests
 */
export const readHostFacts = (root: string): HostFacts => ({
  machineID: firstOf(root, ['etc/machine-id', 'var/lib/dbus/machine-id']),
  systemUUID: firstOf(root, [
    'sys/class/dmi/id/product_uuid',
    'proc/device-tree/system-id',
    'proc/device-tree/vm,uuid',
    'etc/machine-id',
  ]),
  bootID: firstOf(root, ['proc/sys/kernel/random/boot_id']),
  kernelVersion: release(),
  osImage: osImageIn(firstOf(root, ['etc/os-release', 'usr/lib/os-release'])),
  architecture: goArchitecture(process.arch),
  swapBytes: Number(/^SwapTotal:\s+(\d+) kB$/m.exec(firstOf(root, ['proc/meminfo']))?.[1] ?? 0) * 1024,
});
