import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { test } from 'tap';
import { startDockerd } from '../lab/dockerd.ts';
import { labImages } from '../lab/images.ts';
import { run } from '../lab/run.ts';
import { missing } from '../support/requires.ts';

const skip = missing('dockerd', 'nsenter', 'setpriv', 'ip', 'busybox');

const hostNetwork = async (): Promise<string> =>
  (await run('ip', ['-o', 'link'])) + (await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8'));

for (const network of ['host', 'own'] as const) {
  test(`a lab dockerd on its ${network} network runs containers and leaves the host's network as it was`, {
    skip,
  }, async (t) => {
    const before = await hostNetwork();
    const docker = await startDockerd(t, { network });
    await docker.engine.load(await labImages());
    const created = await docker.engine.call('POST', '/containers/create', {
      Image: 'lab/busybox:1',
      Cmd: ['sleep', '1000'],
      HostConfig: { NetworkMode: network === 'own' ? 'bridge' : 'host' },
    });
    t.match(created, { Id: String });
    const { Id } = created as { readonly Id: string };
    await docker.engine.call('POST', `/containers/${Id}/start`);
    t.match(await docker.engine.list(), [{ Id, State: 'running' }]);
    t.equal(await hostNetwork(), before);
  });
}

test('a lab dockerd is back after a restart and after a kill', { skip }, async (t) => {
  const docker = await startDockerd(t);
  const first = docker.pid();
  await docker.restart();
  t.not(docker.pid(), first);
  await docker.kill();
  t.equal(docker.pid(), undefined);
  await docker.start();
  t.same(await docker.engine.list(), []);
});

test('nothing of a lab dockerd is left when its test is over', { skip }, async (t) => {
  const scope: (() => Promise<void> | void)[] = [];
  const docker = await startDockerd({ teardown: (fn) => void scope.unshift(fn) }, { network: 'own' });
  await docker.kill();
  for (const fn of scope) await fn();
  const dir = dirname(docker.socket);
  t.notOk(existsSync(dir));
  t.notOk((await readFile('/proc/self/mounts', 'utf8')).includes(dir));
  t.notOk((await run('ip', ['netns', 'list'])).includes(docker.netns ?? ''));
});
