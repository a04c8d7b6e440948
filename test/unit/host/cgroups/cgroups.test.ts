import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { cgroupfsV1, cgroupfsV2 } from '../../../../daemon/host/cgroups/cgroupfs.ts';
import { cpuWeight } from '../../../../daemon/host/cgroups/cgroups.ts';
import { systemdCgroups } from '../../../../daemon/host/cgroups/systemd.ts';

const limits = { cpuShares: 512, cpuQuota: 50_000, memoryBytes: 1024 };
const path = ['kubepods', 'burstable', 'pod1-2'];

test('the weight of cgroup v2 keeps minimum, default and maximum', async (t) => {
  t.same([2, 1024, 262_144].map(cpuWeight), [1, 100, 10_000]);
});

test('cgroup v1 has a folder in each hierarchy, which goes from all of them', async (t) => {
  const root = t.testdir({ cpu: {}, memory: {}, pids: { kubepods: { burstable: { 'pod1-2': { below: {} } } } } });
  const cgroups = cgroupfsV1(root);
  t.equal(cgroups.parent(path), '/kubepods/burstable/pod1-2');
  t.same(await cgroups.ensure(path, limits), []);
  const read = (controller: string, file: string) => readFileSync(join(root, controller, ...path, file), 'utf8');
  t.equal(read('cpu', 'cpu.shares'), '512');
  t.equal(read('cpu', 'cpu.cfs_quota_us'), '50000');
  t.equal(read('memory', 'memory.limit_in_bytes'), '1024');
  await cgroups.remove(['kubepods', 'none']);
  await t.rejects(
    cgroups.remove(path),
    { code: 'E_CGROUP' },
    'a file keeps a folder here, as a process does in a group',
  );
  t.notOk(existsSync(join(root, 'pids', ...path.slice(0, 3), 'below')));
});

test('cgroup v2 has one folder, and each group above hands its controllers down', async (t) => {
  const root = t.testdir({});
  t.same(await cgroupfsV2(root).ensure(path, limits), []);
  const read = (...file: string[]) => readFileSync(join(root, ...file), 'utf8');
  t.equal(read(...path, 'cpu.weight'), String(cpuWeight(512)));
  t.equal(read(...path, 'cpu.max'), '50000 100000');
  t.equal(read(...path, 'memory.max'), '1024');
  for (const above of [[], ['kubepods'], ['kubepods', 'burstable']])
    t.ok(existsSync(join(root, ...above, 'cgroup.subtree_control')));
  t.notOk(existsSync(join(root, ...path, 'cgroup.subtree_control')));
});

test('sizes of huge pages that were not asked for are not to be had', async (t) => {
  const root = t.testdir({ k: { p: { 'hugetlb.2MB.max': '', 'hugetlb.1GB.max': '', 'hugetlb.2MB.rsvd.max': '' } } });
  await cgroupfsV2(root).ensure(['k', 'p'], { hugePages: new Map([['2Mi', 4096n]]) });
  const read = (file: string) => readFileSync(join(root, 'k', 'p', file), 'utf8');
  t.equal(read('hugetlb.2MB.max'), '4096');
  t.equal(read('hugetlb.1GB.max'), '0');
  t.equal(read('hugetlb.2MB.rsvd.max'), '');
});

test('swap is limited by cgroup v2, where the kernel counts it', async (t) => {
  const root = t.testdir({ counted: { 'memory.swap.max': 'max' } });
  const cgroups = cgroupfsV2(root);
  for (const group of ['counted', 'uncounted']) t.same(await cgroups.ensure([group], { swapBytes: 0 }), []);
  t.equal(readFileSync(join(root, 'counted', 'memory.swap.max'), 'utf8'), '0');
  t.notOk(existsSync(join(root, 'uncounted', 'memory.swap.max')));
  const v2 = systemd('/', 2);
  await v2.cgroups.ensure(path, { swapBytes: 0 });
  t.match(v2.calls, [/^set-property .* MemorySwapMax=0$/]);
  const v1 = systemd('/', 1);
  await v1.cgroups.ensure(path, { swapBytes: 0 });
  t.same(v1.calls, []);
});

test('a limit that the host refuses is told, and the others hold', async (t) => {
  const root = t.testdir({ cpu: { p: { 'cpu.shares': {} } }, memory: {} });
  t.same(await cgroupfsV1(root).ensure(['p'], limits), ['cpu.shares: EISDIR']);
  t.equal(readFileSync(join(root, 'memory/p/memory.limit_in_bytes'), 'utf8'), '1024');
});

const systemd = (root: string, version: 1 | 2, exitCode = 0) => {
  const calls: string[] = [];
  const systemctl = async (args: readonly string[]) => {
    calls.push(args.join(' '));
    return { exitCode, output: 'no' };
  };
  return { calls, cgroups: systemdCgroups({ root, version, systemctl }) };
};

test('under systemd a group is a slice, told its limits by property', async (t) => {
  const v2 = systemd('/', 2);
  t.equal(v2.cgroups.parent(path), 'kubepods-burstable-pod1_2.slice');
  t.same(await v2.cgroups.ensure(path, limits), []);
  t.same(v2.calls, [
    `set-property --runtime kubepods-burstable-pod1_2.slice CPUWeight=${cpuWeight(512)} CPUQuota=50% MemoryMax=1024`,
  ]);
  const v1 = systemd('/', 1);
  await v1.cgroups.ensure(path, limits);
  t.match(v1.calls[0], / CPUShares=512 CPUQuota=50% MemoryLimit=1024$/);
  t.same(await systemd('/', 2, 1).cgroups.ensure(path, limits), ['systemctl set-property: no']);
});

test('systemd is asked only where there is something to set or to end', async (t) => {
  const root = t.testdir({
    'kubepods.slice': { 'kubepods-burstable.slice': { 'kubepods-burstable-pod1_2.slice': { 'cgroup.procs': '' } } },
  });
  const { calls, cgroups } = systemd(root, 2);
  await cgroups.ensure(path, { hugePages: new Map() });
  await cgroups.remove(['kubepods', 'pod3']);
  t.same(calls, []);
  await cgroups.remove(path);
  t.same(calls, ['stop kubepods-burstable-pod1_2.slice', 'revert kubepods-burstable-pod1_2.slice']);
});
