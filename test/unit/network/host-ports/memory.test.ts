import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { hostPortsMemory } from '../../../../daemon/network/host-ports/memory.ts';
import { aHostPort } from '../../../support/network-builders.ts';

test('ports are as they were remembered', async (t) => {
  const memory = hostPortsMemory(join(t.testdir(), 'host-ports.json'));
  t.equal(await memory.load(), undefined);
  const ports = [aHostPort(), aHostPort({ protocol: 'UDP', hostIP: '::1', podIPs: ['10.22.3.2', 'fd00::2'] })];
  await memory.save(ports);
  t.same(await memory.load(), ports);
});

test('what are no ports is refused, with the way out', async (t) => {
  const path = join(t.testdir(), 'host-ports.json');
  for (const content of [{}, [{}], [aHostPort({ hostPort: 1.5 })], [{ ...aHostPort(), podIPs: 'all' }]]) {
    await writeFile(path, JSON.stringify(content));
    await t.rejects(hostPortsMemory(path).load(), { code: 'E_STATE_BROKEN', hint: /^remove / });
  }
});
