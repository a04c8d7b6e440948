import { join } from 'node:path';
import { BootletError } from '../../errors.ts';
import type { CommandResult } from '../command.ts';
import { namesIn } from '../missing.ts';
import { type CgroupLimits, type Cgroups, cpuWeight } from './cgroups.ts';

export interface SystemdOptions {
  /** `/sys/fs/cgroup` */
  readonly root: string;
  readonly version: 1 | 2;
  readonly systemctl: (args: readonly string[]) => Promise<CommandResult>;
}

/** Groups as slices, which systemd owns: it makes them with the first container below, and is told their limits before. */
export const systemdCgroups = ({ root, version, systemctl }: SystemdOptions): Cgroups => ({
  parent: sliceOf,
  async ensure(path, limits) {
    const properties = version === 2 ? propertiesV2(limits) : propertiesV1(limits);
    const problems = [...(limits.hugePages?.values() ?? [])].some((bytes) => bytes > 0n)
      ? ['huge pages: systemd has no setting for them']
      : [];
    if (properties.length === 0) return problems;
    const { exitCode, output } = await systemctl(['set-property', '--runtime', sliceOf(path), ...properties]);
    return exitCode === 0 ? problems : [...problems, `systemctl set-property: ${output}`];
  },
  async remove(path) {
    const slice = sliceOf(path);
    const folders = path.map((_, depth) => sliceOf(path.slice(0, depth + 1)));
    const group = join(version === 2 ? root : join(root, 'systemd'), ...folders);
    if ((await namesIn(group)).length === 0) return;
    const { exitCode, output } = await systemctl(['stop', slice]);
    if (exitCode !== 0) throw new BootletError('E_CGROUP', `cannot stop ${slice}: ${output}`);
    // Without properties of its own there is nothing to revert, which is no failure.
    await systemctl(['revert', slice]);
  },
});

/** A dash is a step down in the name of a slice. */
const sliceOf = (path: readonly string[]): string => `${path.map((name) => name.replaceAll('-', '_')).join('-')}.slice`;

const quotaPercent = (quota: number): string => `CPUQuota=${quota / 1000}%`;

const propertiesV2 = ({ cpuShares, cpuQuota, memoryBytes, swapBytes }: CgroupLimits): readonly string[] => [
  ...(cpuShares === undefined ? [] : [`CPUWeight=${cpuWeight(cpuShares)}`]),
  ...(cpuQuota === undefined ? [] : [quotaPercent(cpuQuota)]),
  ...(memoryBytes === undefined ? [] : [`MemoryMax=${memoryBytes}`]),
  ...(swapBytes === undefined ? [] : [`MemorySwapMax=${swapBytes}`]),
];

const propertiesV1 = ({ cpuShares, cpuQuota, memoryBytes }: CgroupLimits): readonly string[] => [
  ...(cpuShares === undefined ? [] : [`CPUShares=${cpuShares}`]),
  ...(cpuQuota === undefined ? [] : [quotaPercent(cpuQuota)]),
  ...(memoryBytes === undefined ? [] : [`MemoryLimit=${memoryBytes}`]),
];
