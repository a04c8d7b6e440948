import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Test, test } from 'tap';
import { usageOfContainer } from '../../../daemon/host/cgroup.ts';

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

test('of cgroup v1, each controller is read where the process is in it', (t) => {
  const roots = aHost(t, {
    'proc/7/cgroup': '4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n2:pids:/docker/abc\n',
    'cgroup/memory/docker/abc/memory.usage_in_bytes': '1000\n',
    'cgroup/memory/docker/abc/memory.stat':
      'total_inactive_file 300\ntotal_rss 500\ntotal_cache 400\ntotal_pgfault 9\nhierarchical_memory_limit 9223372036854771712\n',
    'cgroup/cpuacct/docker/abc/cpuacct.usage': '123456\n',
    'cgroup/pids/docker/abc/cgroup.procs': '7\n8\n',
  });
  t.same(usageOfContainer(container, roots), {
    cpuNanoseconds: 123456,
    memory: { usage: 1000, workingSet: 700, rss: 500, cache: 400, swap: 0, pageFaults: 9, majorPageFaults: 0 },
    processes: 2,
  });
  t.end();
});

test('of cgroup v2, the group of the container is read, also when its init process moved itself into one below', (t) => {
  const group = 'cgroup/system.slice/docker-abc.scope';
  const roots = aHost(t, {
    'proc/7/cgroup': '0::/system.slice/docker-abc.scope/init.scope\n',
    [`${group}/memory.current`]: '1000\n',
    [`${group}/memory.stat`]: 'anon 600\nfile 200\ninactive_file 1500\npgfault 3\npgmajfault 1\n',
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
      swap: 0,
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
