import { test } from 'tap';
import type { Change } from '../../../../daemon/network/host-setting.ts';
import { missing } from '../../../support/requires.ts';
import { dockerOnHost, specFor } from './docker-on-host.ts';

const skip = missing('dockerd', 'nsenter', 'setpriv', 'unshare', 'ip', 'sysctl', 'busybox', 'tar');
const spec = specFor('10.22.3.0/24');

test('what other containers lose with Docker’s rules is told with their names, before it ends and after', {
  skip,
}, async (t) => {
  const on = await dockerOnHost(t);
  const ports = { ExposedPorts: { '80/tcp': {} }, HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } } };
  const web = await on.container(ports, 'web');
  await on.docker.engine.call('POST', '/networks/create', { Name: 'shop' });
  const db = await on.container({ HostConfig: { NetworkMode: 'shop' } }, 'db');
  const told = (changes: readonly Change[]) => changes.flatMap(({ advice = [] }) => advice);
  const advice = [
    /^nothing leads 0\.0\.0\.0:8080->80\/tcp.* to the container web once /,
    /^nothing masquerades what web of the network bridge \(172/,
    /^nothing masquerades what db of the network shop \(172/,
  ];
  t.match(told(await on.plan(spec)), advice);
  await on.settle(spec);
  for (const id of [web, db]) await on.docker.engine.call('POST', `/containers/${id}/start`);
  t.match(told(await on.plan(spec)), advice, 'Docker has the containers still');
});

test('a dockerd that hangs is waited for as one that is away, and is seen again once it goes on', {
  skip,
}, async (t) => {
  const on = await dockerOnHost(t);
  await on.settle(spec);
  const pid = on.docker.pid() ?? 0;
  process.kill(pid, 'SIGSTOP');
  t.teardown(() => process.kill(pid, 'SIGCONT'));
  t.match(await on.plan(spec), [{ held: /^Docker does not answer/ }]);
  process.kill(pid, 'SIGCONT');
  t.same(await on.plan(spec), []);
});

test('Docker is put on the bridge, its own packet filter off, and foreign keys stay', { skip }, async (t) => {
  const on = await dockerOnHost(t, { debug: false, labels: ['a=b'] });
  const foreign = (await on.file()) ?? '';
  const first = on.docker.pid();
  t.same(await on.settle(spec), []);
  t.not(on.docker.pid(), first);
  t.equal(await on.bridge(), 'cbr0 10.22.3.1');
  const file = (await on.file()) ?? '';
  t.ok(file.startsWith(foreign.slice(0, -2)));
  t.match(JSON.parse(file), { bridge: 'cbr0', iptables: false, 'ip-masq': false, 'live-restore': true, mtu: 1500 });
  t.equal((await on.info())['LiveRestoreEnabled'], true);

  t.test('a second look finds nothing to do', async (t) => {
    const pid = on.docker.pid();
    t.same(await on.settle(spec), []);
    on.configure({});
    t.same(await on.settle(spec), [], 'nor does another daemon');
    t.equal(on.docker.pid(), pid);
  });

  t.test('what SIGHUP is enough for restarts nothing', async (t) => {
    const pid = on.docker.pid();
    on.configure({ options: { 'registry-mirrors': ['http://mirror.test'], 'insecure-registries': ['reg.test:5000'] } });
    t.same(await on.settle(spec), []);
    t.equal(on.docker.pid(), pid);
    t.match(await on.info(), { RegistryConfig: { Mirrors: ['http://mirror.test/'] } });
    on.configure({});
    t.same(await on.settle(spec), [], 'nor what is configured no more');
    t.equal(on.docker.pid(), pid);
    t.notMatch(JSON.stringify(await on.info()), 'mirror.test');
  });

  t.test('a foreign key that is changed is nobody’s business, and restarts nothing', async (t) => {
    const pid = on.docker.pid();
    await on.put(((await on.file()) ?? '').replace('"a=b"', '"a=c"'));
    t.same(await on.settle(spec), []);
    t.equal(on.docker.pid(), pid);
    await on.put(((await on.file()) ?? '').replace('"a=c"', '"a=b"'));
  });

  t.test('with live-restore a container outlives a restart that it does not concern', async (t) => {
    const id = await on.container();
    const pid = on.docker.pid();
    on.configure({ options: { 'log-driver': 'local' } });
    t.same(await on.settle(spec), []);
    t.not(on.docker.pid(), pid);
    t.ok(await on.isRunning(id));
    t.equal((await on.info())['LoggingDriver'], 'local');
  });

  t.test('a renumbered bridge ends with its new address as the gateway, though a container ran', async (t) => {
    await on.host.run('ip', 'address', 'add', '10.22.9.1/24', 'dev', 'cbr0');
    await on.host.run('ip', 'address', 'add', '192.0.2.7/32', 'dev', 'cbr0');
    const renumbered = specFor('10.22.9.0/24');
    t.same(await on.settle(renumbered), []);
    t.equal(await on.bridge(), 'cbr0 10.22.9.1');
    t.notMatch(await on.host.run('ip', 'address', 'show', 'cbr0'), '10.22.3.1');
    t.match(
      await on.host.run('ip', 'address', 'show', 'cbr0'),
      '192.0.2.7',
      'an address that somebody has added stays',
    );
    t.equal((await on.info())['LiveRestoreEnabled'], true);
  });

  t.test('a reset leaves every byte of the file as it was, and Docker on its own bridge', async (t) => {
    on.configure({});
    t.same(await on.settle(undefined), []);
    t.equal(await on.file(), foreign);
    t.match(await on.bridge(), /^docker0 /);
  });
});
