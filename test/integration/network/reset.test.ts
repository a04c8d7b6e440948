import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Test, test } from 'tap';
import { type Host, newHost, POD_CIDRS, startHostBootlet, startHostDocker } from '../../lab/network/host.ts';
import { dumpHost } from '../../support/host-dump.ts';
import { hostSettings } from '../../support/host-settings.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'nsenter', 'setpriv', 'unshare', 'ip', 'nft', 'iptables-legacy', 'sysctl', 'busybox');

/** What an administrator had on the host before bootlet came, of the kind that bootlet changes. */
const aLivedInHost = async (t: Test, options: Parameters<typeof newHost>[1]): Promise<Host> => {
  const host = await newHost(t, options);
  await host.run('sysctl', '-q', '-w', 'net.ipv4.conf.all.rp_filter=2');
  for (const iptables of ['iptables', 'ip6tables']) {
    await host.run(
      iptables,
      '-t',
      'nat',
      '-A',
      'POSTROUTING',
      '-s',
      iptables === 'iptables' ? '192.168.7.0/24' : 'fd07::/64',
      '-j',
      'MASQUERADE',
    );
    await host.run(iptables, '-N', 'FIREWALL');
    await host.run(iptables, '-A', 'FORWARD', '-j', 'FIREWALL');
    await host.run(iptables, '-P', 'FORWARD', 'DROP');
  }
  return host;
};

const hosts = [
  { backEnd: 'nft', options: { 'log-driver': 'json-file', 'ip-forward': false }, had: 'a daemon.json' },
  { backEnd: 'legacy', options: undefined, had: 'no daemon.json' },
] as const;
for (const { backEnd, options, had } of hosts) {
  test(`a reset gives a dual-stack host back as it was, rules by ${backEnd}, with ${had}`, { skip }, async (t) => {
    const host = await aLivedInHost(t, { dualStack: true, backEnd });
    const docker = await startHostDocker(t, host, options);
    const before = await dumpHost(host);

    const podCIDRs = [POD_CIDRS.ipv4, POD_CIDRS.ipv6];
    const bootlet = await startHostBootlet(t, host, docker, { podCIDRs });
    const waited = await bootlet.cli('status', '--wait', '60');
    t.equal(waited.code, 0, waited.stdout);
    t.match(await bootlet.cli('plan', '--check', '--config', bootlet.configFile), { code: 0 }, 'nothing is left to do');
    t.notSame(await dumpHost(host), before, 'the host was changed');

    t.match(await bootlet.cli('reset', '--network', '--config', bootlet.configFile), {
      code: 1,
      stderr: 'E_STATE_LOCKED',
    });
    await bootlet.stop();
    const refused = await bootlet.cli('reset', '--network', '--config', bootlet.configFile);
    t.match(refused, { code: 1, stderr: /it restarts .*E_INTERRUPTS/ }, 'Docker is not restarted unasked');
    const reset = await bootlet.cli('reset', '--network', '--yes', '--config', bootlet.configFile);
    t.equal(reset.code, 0, reset.stdout + reset.stderr);
    const after = await dumpHost(host);
    for (const [section, text] of Object.entries(before)) {
      t.equal(after[section as keyof typeof after], text, `${section} are as they were`);
    }
    const again = await bootlet.cli('reset', '--network', '--config', bootlet.configFile);
    t.match(again, { code: 0, stdout: '' }, 'a second reset finds nothing to do');
    const state = await readdir(join(dirname(bootlet.configFile), 'state'));
    t.notMatch(state.join(' '), /docker\.json|pod-cidrs\.json/, 'the next network begins anew');
  });
}

test('Docker finds the kernel as it was before bootlet when a reset starts it, and forwards as it would have', {
  skip,
}, async (t) => {
  const host = await newHost(t);
  const docker = await startHostDocker(t, host);
  const withDocker = await dumpHost(host);
  // As it is where bootlet is there first: Docker finds what bootlet has made of it.
  await host.run('sysctl', '-q', '-w', 'net.ipv4.ip_forward=0');
  await host.run('iptables', '-P', 'FORWARD', 'ACCEPT');
  const { configFile, restartCommand: restart, endpoint } = docker;
  const network = { podCIDRs: [POD_CIDRS.ipv4], docker: { configFile, restart } };
  const settings = await hostSettings(host, { network, config: { runtime: { docker: { endpoint } } } });
  await settings.setup();
  await settings.reset();
  const after = await dumpHost(host);
  t.equal((await host.run('sysctl', '-n', 'net.ipv4.ip_forward')).trim(), '1', 'its containers reach what is outside');
  for (const [section, text] of Object.entries(withDocker)) {
    t.equal(after[section as keyof typeof after], text, `${section} are as Docker alone makes them`);
  }
});

test('a reset closes the way to 127.0.0.1 on every bridge that Docker without its proxies has opened it on', {
  skip,
}, async (t) => {
  const host = await newHost(t);
  const docker = await startHostDocker(t, host);
  const Options = { 'com.docker.network.bridge.name': 'shop0' };
  await docker.engine.call('POST', '/networks/create', { Name: 'shop', Options });
  const isOpen = async () => (await host.run('sysctl', '-n', 'net.ipv4.conf.shop0.route_localnet')).trim();
  t.equal(await isOpen(), '0');
  const { configFile, restartCommand: restart, endpoint } = docker;
  const network = { podCIDRs: [POD_CIDRS.ipv4], docker: { configFile, restart } };
  const settings = await hostSettings(host, { network, config: { runtime: { docker: { endpoint } } } });
  await settings.setup();
  t.equal(await isOpen(), '1');
  await settings.reset();
  t.equal(await isOpen(), '0');
});
