import { test } from 'tap';
import { newHost, pathsOf } from '../../lab/network/host.ts';
import { dumpHost } from '../../support/host-dump.ts';
import { hostSettings } from '../../support/host-settings.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('nsenter', 'unshare', 'ip', 'nft', 'iptables-legacy', 'sysctl');

test('a host forwards both families, listens to routers on, and gets every sysctl back', { skip }, async (t) => {
  const host = await newHost(t, { dualStack: true });
  const sysctl = async (name: string): Promise<string> => (await host.run('sysctl', '-n', name)).trim();
  // What the kernel changes besides when forwarding is switched on, and switches back otherwise than it was.
  const hardened = [
    'net.ipv4.conf.all.accept_redirects=0',
    'net.ipv4.conf.lo.forwarding=1',
    'net.ipv6.conf.lo.forwarding=1',
  ];
  await host.run('sysctl', '-q', '-w', ...hardened, 'net.ipv6.conf.eth0.accept_ra=1');
  const before = await dumpHost(host);

  const settings = await hostSettings(host, { network: { sysctls: { 'net.core.somaxconn': 1234 } } });
  await settings.setup();
  t.equal(await sysctl('net.ipv4.ip_forward'), '1');
  t.equal(await sysctl('net.ipv6.conf.all.forwarding'), '1');
  t.equal(await sysctl('net.ipv6.conf.eth0.accept_ra'), '2');
  t.equal(await sysctl('net.core.somaxconn'), '1234');
  t.equal(await sysctl('kernel.panic'), '10');

  // As the distribution applies the file at boot.
  await host.run('sysctl', '-q', '-w', 'net.ipv4.ip_forward=0');
  await host.run('sysctl', '-q', '-p', pathsOf(host).sysctlFile);
  t.equal(await sysctl('net.ipv4.ip_forward'), '1');

  await settings.reset();
  const after = await dumpHost(host);
  for (const section of ['sysctls', 'machine', 'files'] as const) {
    t.equal(after[section], before[section], `${section} are as they were`);
  }
});

test('a read-only /proc/sys is refused before anything is touched', { skip }, async (t) => {
  const host = await newHost(t);
  await host.run('mount', '--bind', '/proc/sys', '/proc/sys');
  await host.run('mount', '-o', 'remount,ro,bind', '/proc/sys');
  const before = await dumpHost(host);
  const settings = await hostSettings(host);
  await t.rejects(settings.setup(), /\/proc\/sys is read-only/);
  const after = await dumpHost(host);
  t.equal(after.sysctls, before.sysctls);
  t.equal(after.files, before.files);
});

test('a read-only /etc is refused before anything is touched', { skip }, async (t) => {
  const host = await newHost(t);
  await host.run('mount', '--bind', `${host.dir}/etc`, `${host.dir}/etc`);
  await host.run('mount', '-o', 'remount,ro,bind', `${host.dir}/etc`);
  const before = await dumpHost(host);
  const settings = await hostSettings(host);
  await t.rejects(settings.setup(), /cannot be written: .*EROFS|read-only/);
  t.equal((await dumpHost(host)).sysctls, before.sysctls);
});
