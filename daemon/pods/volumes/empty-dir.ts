import { chmod, chown, mkdir, rename, rm } from 'node:fs/promises';
import { release } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { BootletError } from '../../errors.ts';
import { isFolder } from '../../host/missing.ts';
import type { Mounter } from '../../host/mounts.ts';
import { podCgroupLimits } from '../cgroup/pod-cgroup.ts';
import { unitsIn } from '../create/quantities.ts';
import type { EmptyDirVolumeSource, Pod } from '../v1.ts';
import { groupFolderMode } from './ownership.ts';

const DISK_MODE = 0o777;
/** What a tmpfs has by itself. */
export const MEMORY_MODE = 0o1777;

export interface EmptyDirHost {
  readonly mounter: Mounter;
  /** What pods may use of this host; `memory` in bytes. */
  readonly allocatable: ReadonlyMap<string, bigint>;
}

/** Makes the folder of an emptyDir; one that is there already stays as it is, whatever its containers made of it. @throws BootletError E_VOLUME */
export const makeEmptyDir = async (
  source: EmptyDirVolumeSource,
  path: string,
  pod: Pod,
  host: EmptyDirHost,
): Promise<void> => {
  const { medium = '' } = source;
  const group = pod.spec.securityContext?.fsGroup;
  if (medium === '') return makeFolder(path, DISK_MODE, group);
  await mkdir(path, { recursive: true });
  if (await host.mounter.isMounted(path)) return;
  if (medium === 'Memory') {
    const mode = group === undefined ? MEMORY_MODE : groupFolderMode(MEMORY_MODE, false);
    const size = memorySize(source, pod, host.allocatable);
    const options = [
      ...(size === undefined ? [] : [`size=${size}`]),
      // With the mount, so that a cut in between leaves no half of it.
      `mode=${mode.toString(8)}`,
      ...(group === undefined ? [] : [`gid=${group}`]),
      ...(swapCanBeKeptOut(release()) ? ['noswap'] : []),
    ];
    await host.mounter.mount({ type: 'tmpfs', source: 'tmpfs', target: path, options });
    return;
  }
  const options = [`pagesize=${pageSize(medium, pod)}`, ...(group === undefined ? [] : [`gid=${group}`, 'mode=2775'])];
  await host.mounter.mount({ type: 'hugetlbfs', source: 'nodev', target: path, options });
};

/** Appears whole, with its owner and mode: that it is there says that it is done. */
export const makeFolder = async (path: string, mode: number, group: number | undefined): Promise<void> => {
  if (await isFolder(path)) return;
  // No volume's name begins with a dot.
  const aside = join(dirname(path), `.${basename(path)}`);
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true });
  if (group !== undefined) await chown(aside, 0, group);
  await chmod(aside, group === undefined ? mode : groupFolderMode(mode, false));
  await rename(aside, path);
};

/**
 * bytes: the least of sizeLimit, the pod's memory limit and what pods may use of the host (pkg/volume/emptydir
 * calculateEmptyDirMemorySize); undefined where none is known, and the kernel takes half of its memory.
 */
export const memorySize = (
  { sizeLimit }: EmptyDirVolumeSource,
  pod: Pod,
  allocatable: ReadonlyMap<string, bigint>,
): number | undefined => {
  const ofPod = podCgroupLimits(pod).memoryBytes ?? 0;
  const candidates = [Number(allocatable.get('memory') ?? 0n), ofPod, unitsIn(sizeLimit)];
  const limits = candidates.filter((bytes) => bytes > 0);
  return limits.length === 0 ? undefined : Math.min(...limits);
};

/** tmpfs takes `noswap` since Linux 6.4. @param kernel as uname says it */
const swapCanBeKeptOut = (kernel: string): boolean => {
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 4);
};

const HUGE_PAGES = 'hugepages-';

/** The one size of page that the pod asks for, or that the medium names (pkg/volume/emptydir getPageSizeMountOption). */
const pageSize = (medium: string, pod: Pod): string => {
  const containers = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])];
  const sizes = new Set(
    containers
      .flatMap((c) => Object.keys(c.resources?.requests ?? {}))
      .flatMap((name) => (name.startsWith(HUGE_PAGES) ? [name.slice(HUGE_PAGES.length)] : [])),
  );
  const wanted = medium === 'HugePages' ? [...sizes] : [...sizes].filter((size) => medium === `HugePages-${size}`);
  if (wanted.length > 1)
    throw new BootletError(
      'E_VOLUME',
      `medium: ${medium} can't be used if container requests multiple huge page sizes`,
    );
  const [size] = wanted;
  if (size === undefined)
    throw new BootletError(
      'E_VOLUME',
      `medium ${medium}: hugePages storage requested, but there is no resource request for huge pages`,
    );
  return size;
};
