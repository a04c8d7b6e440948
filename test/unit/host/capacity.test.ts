import { test } from 'tap';
import { hasAppArmor, hostCapacity } from '../../../daemon/host/capacity.ts';

test('a host has CPUs, memory, disk space, and the huge pages that were set aside', async (t) => {
  const pages = (count: number) => ({ nr_hugepages: `${count}\n` });
  const sys = t.testdir({
    kernel: {
      mm: { hugepages: { 'hugepages-2048kB': pages(3), 'hugepages-1048576kB': pages(0), 'hugepages-64kB': pages(2) } },
    },
  });
  const capacity = await hostCapacity(sys, { sys });
  for (const name of ['cpu', 'memory', 'ephemeral-storage']) t.ok((capacity.get(name) ?? 0n) > 0n, name);
  t.equal(capacity.get('hugepages-2Mi'), 3n * 2n ** 21n);
  t.equal(capacity.get('hugepages-1Gi'), 0n);
  t.equal(capacity.get('hugepages-64Ki'), 2n ** 17n);
});

test('a kernel without huge pages has none', async (t) => {
  const sys = t.testdir();
  t.same([...(await hostCapacity(sys, { sys })).keys()], ['cpu', 'memory', 'ephemeral-storage']);
});

test('AppArmor is there when it is enabled and its file system mounted', async (t) => {
  const enabled = (value: string) => ({ apparmor: { parameters: { enabled: value } } });
  const security = { security: { apparmor: {} } };
  t.equal(await hasAppArmor({ sys: t.testdir({ kernel: security, module: enabled('Y\n') }) }), true);
  t.equal(await hasAppArmor({ sys: t.testdir({ kernel: security, module: enabled('N\n') }) }), false);
  t.equal(await hasAppArmor({ sys: t.testdir({ module: enabled('Y\n') }) }), false);
});
