import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Test, test } from 'tap';
import {
  type CgroupRoots,
  cgroupAbove,
  cgroupOfContainer,
  pathOfCgroup,
  usageOfCgroup,
} from '../../../daemon/host/cgroup.ts';

/** A host of files: paths below its root by content. */
const aHost = (t: Test, files: Readonly<Record<string, string>>) => {
  const root = t.testdir({});
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return { proc: join(root, 'proc'), cgroup: join(root, 'cgroup') };
};

const container = { pid: 7, id: 'abc' };

const usageOfContainer = (of: typeof container, roots: CgroupRoots) => {
  const paths = cgroupOfContainer(of, roots);
  return paths && usageOfCgroup(paths, roots);
};

test('of cgroup v1, each controller is read where the process is in it', (t) => {
  const roots = aHost(t, {
    'proc/7/cgroup': '4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n2:pids:/docker/abc\n',
    'cgroup/memory/docker/abc/memory.usage_in_bytes': '1000\n',
    'cgroup/memory/docker/abc/memory.stat':
      'total_inactive_file 300\ntotal_rss 500\ntotal_cache 400\ntotal_pgfault 9\nhierarchical_memory_limit 9223372036854771712\n',
    'cgroup/cpuacct/docker/abc/cpuacct.usage': '123456\n',
    'cgroup/cpu/docker/abc/cpu.stat': 'nr_periods 9\nnr_throttled 4\nthrottled_time 77\n',
    'cgroup/pids/docker/abc/cgroup.procs': '7\n8\n',
  });
  t.same(usageOfContainer(container, roots), {
    cpuNanoseconds: 123456,
    memory: { usage: 1000, workingSet: 700, rss: 500, cache: 400, pageFaults: 9, majorPageFaults: 0 },
    processes: 2,
    throttling: { periods: 9, throttledPeriods: 4, throttledNanoseconds: 77 },
  });
  t.end();
});

test('of cgroup v2, the group of the container is read, also when its init process moved itself into one below', (t) => {
  const group = 'cgroup/system.slice/docker-abc.scope';
  const roots = aHost(t, {
    'proc/7/cgroup': '0::/system.slice/docker-abc.scope/init.scope\n',
    [`${group}/memory.current`]: '1000\n',
    [`${group}/memory.stat`]: 'anon 600\nfile 200\ninactive_file 1500\npgfault 3\npgmajfault 1\n',
    [`${group}/memory.swap.current`]: '12\n',
    [`${group}/memory.max`]: '4096\n',
    [`${group}/cpu.stat`]: 'usage_usec 5\nuser_usec 3\n',
    [`${group}/cgroup.procs`]: '',
  });
  t.same(usageOfContainer(container, roots), {
    cpuNanoseconds: 5000,
    memory: {
      usage: 1000,
      workingSet: 0,
      rss: 600,
      cache: 200,
      swap: 12,
      limit: 4096,
      pageFaults: 3,
      majorPageFaults: 1,
    },
    processes: 0,
  });
  t.end();
});

test('a process that is gone has no usage', (t) => {
  t.equal(usageOfContainer(container, aHost(t, {})), undefined);
  t.end();
});

test('the group above a container is that of its pod when it is named so', (t) => {
  const roots = aHost(t, { 'proc/7/cgroup': '0::/kubepods/burstable/podu1/abc\n' });
  const paths = cgroupOfContainer(container, roots) ?? new Map();
  const above = cgroupAbove(paths, (name) => name === 'podu1');
  t.equal(above && pathOfCgroup(above), '/kubepods/burstable/podu1');
  t.equal(
    cgroupAbove(paths, (name) => name === 'podu2'),
    undefined,
  );
  t.end();
});
