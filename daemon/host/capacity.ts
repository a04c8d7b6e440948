import { readFile, stat, statfs } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { namesIn, unlessMissing } from './missing.ts';

/** Kernel files, for tests elsewhere. */
export interface KernelPaths {
  readonly sys: string;
}

/**
 * What the host has: `cpu` in millicores, `memory`, `ephemeral-storage` (the file system that `folder` lies on) and
 * `hugepages-SIZE` in bytes.
 */
export const hostCapacity = async (folder: string, { sys }: KernelPaths): Promise<ReadonlyMap<string, bigint>> => {
  const { blocks, bsize } = await statfs(folder, { bigint: true });
  return new Map([
    ['cpu', BigInt(cpus().length) * 1000n],
    ['memory', BigInt(totalmem())],
    ['ephemeral-storage', blocks * bsize],
    ...(await hugePages(join(sys, 'kernel/mm/hugepages'))),
  ]);
};

/** `hugepages-2Mi` and the like: as much as was set aside for them. */
const hugePages = async (folder: string): Promise<readonly (readonly [string, bigint])[]> =>
  Promise.all(
    (await namesIn(folder)).map(async (name) => {
      const size = BigInt(/^hugepages-(\d+)kB$/.exec(name)?.[1] ?? 0);
      const count = BigInt((await readFile(join(folder, name, 'nr_hugepages'), 'utf8')).trim());
      return [`hugepages-${binary(size)}`, count * size * 1024n] as const;
    }),
  );

/** KiB as Kubernetes writes them: 2048 is 2Mi, 1048576 is 1Gi. */
const binary = (kib: bigint): string => {
  const [unit, size] =
    kib % 1048576n === 0n
      ? (['Gi', 1048576n] as const)
      : kib % 1024n === 0n
        ? (['Mi', 1024n] as const)
        : (['Ki', 1n] as const);
  return `${kib / size}${unit}`;
};

/** As the kubelet looks for it (third_party/forked/libcontainer/apparmor). */
export const hasAppArmor = async ({ sys }: KernelPaths): Promise<boolean> => {
  const mounted = await unlessMissing(stat(join(sys, 'kernel/security/apparmor')));
  if (mounted === undefined) return false;
  const enabled = await unlessMissing(readFile(join(sys, 'module/apparmor/parameters/enabled'), 'utf8'));
  return enabled?.startsWith('Y') ?? false;
};
