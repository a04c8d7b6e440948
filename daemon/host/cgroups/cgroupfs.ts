import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIn } from '../missing.ts';
import { type CgroupLimits, type Cgroups, cpuWeight, PERIOD_US } from './cgroups.ts';
import { hugePageSettings, makeGroup, removeGroup, type Setting, writeSettings } from './files.ts';

/** The groups of cgroup v1 as folders, one hierarchy for each controller. @param root `/sys/fs/cgroup` */
export const cgroupfsV1 = (root: string): Cgroups => ({
  parent: (path) => `/${path.join('/')}`,
  async ensure(path, limits) {
    const problems: string[] = [];
    for (const [controller, settings] of settingsV1(limits)) {
      const folder = join(root, controller, ...path);
      await makeGroup(folder);
      problems.push(...(await writeSettings(folder, settings)));
    }
    const { hugePages } = limits;
    const hugetlb = join(root, 'hugetlb');
    if (hugePages === undefined || (await namesIn(hugetlb)).length === 0) return problems;
    const folder = join(hugetlb, ...path);
    await makeGroup(folder);
    const settings = hugePageSettings(await namesIn(folder), hugePages, 'limit_in_bytes');
    return [...problems, ...(await writeSettings(folder, settings))];
  },
  async remove(path) {
    const hierarchies = (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory());
    const removals = hierarchies.map(({ name }) => removeGroup(join(root, name, ...path)));
    await Promise.allSettled(removals);
    await Promise.all(removals);
  },
});

const settingsV1 = ({ cpuShares, cpuQuota, memoryBytes }: CgroupLimits): ReadonlyMap<string, readonly Setting[]> =>
  new Map([
    [
      'cpu',
      [
        ...(cpuShares === undefined ? [] : [{ file: 'cpu.shares', value: String(cpuShares) }]),
        ...(cpuQuota === undefined
          ? []
          : [
              { file: 'cpu.cfs_period_us', value: String(PERIOD_US) },
              { file: 'cpu.cfs_quota_us', value: String(cpuQuota) },
            ]),
      ],
    ],
    ['memory', memoryBytes === undefined ? [] : [{ file: 'memory.limit_in_bytes', value: String(memoryBytes) }]],
  ]);

/** What a pod's limits need; a controller works in a group only where all groups above hand it down. */
const CONTROLLERS = ['cpu', 'memory', 'pids', 'cpuset', 'io', 'hugetlb'];

/** The groups of cgroup v2 as folders of the one hierarchy. @param root `/sys/fs/cgroup` */
export const cgroupfsV2 = (root: string): Cgroups => ({
  parent: (path) => `/${path.join('/')}`,
  async ensure(path, limits) {
    for (let depth = 0; depth < path.length; depth++) {
      await handDown(join(root, ...path.slice(0, depth)));
      await makeGroup(join(root, ...path.slice(0, depth + 1)));
    }
    return writeSettings(join(root, ...path), await settingsV2(join(root, ...path), limits));
  },
  remove: (path) => removeGroup(join(root, ...path)),
});

/** One controller at a time: a kernel that lacks one must not lose the others. */
const handDown = async (folder: string): Promise<void> => {
  for (const controller of CONTROLLERS)
    await writeSettings(folder, [{ file: 'cgroup.subtree_control', value: `+${controller}` }]);
};

const SWAP_MAX = 'memory.swap.max';

const settingsV2 = async (
  folder: string,
  { cpuShares, cpuQuota, memoryBytes, swapBytes, hugePages }: CgroupLimits,
): Promise<readonly Setting[]> => {
  const present = await namesIn(folder);
  // A kernel that does not count swap has no such file.
  const limitsSwap = swapBytes !== undefined && present.includes(SWAP_MAX);
  return [
    ...(cpuShares === undefined ? [] : [{ file: 'cpu.weight', value: String(cpuWeight(cpuShares)) }]),
    ...(cpuQuota === undefined ? [] : [{ file: 'cpu.max', value: `${cpuQuota} ${PERIOD_US}` }]),
    ...(memoryBytes === undefined ? [] : [{ file: 'memory.max', value: String(memoryBytes) }]),
    ...(limitsSwap ? [{ file: SWAP_MAX, value: String(swapBytes) }] : []),
    ...(hugePages === undefined ? [] : hugePageSettings(present, hugePages, 'max')),
  ];
};
