import { readFile } from 'node:fs/promises';
import { test } from 'tap';
import { newHost, startHostBootlet, startHostDocker } from '../../lab/network/host.ts';
import { run } from '../../lab/run.ts';
import { dumpHost } from '../../support/host-dump.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'nsenter', 'setpriv', 'unshare', 'ip', 'nft', 'iptables-legacy', 'sysctl', 'busybox');

test('a host of the lab reaches what is outside in both families', { skip }, async (t) => {
  const host = await newHost(t, { dualStack: true });
  await host.run('busybox', 'ping', '-c1', host.lan.addresses.ipv4);
  await host.run('busybox', 'ping', '-c1', host.lan.addresses.ipv6);
});

test('two hosts of one network reach each other', { skip }, async (t) => {
  const first = await newHost(t);
  const second = await newHost(t, { lan: first.lan });
  await first.run('busybox', 'ping', '-c1', second.addresses.ipv4);
});

test('what a host sets for its whole machine is its own', { skip }, async (t) => {
  const host = await newHost(t);
  const before = await readFile('/proc/sys/vm/overcommit_memory', 'utf8');
  await host.run('sysctl', '-w', 'vm.overcommit_memory=2');
  t.equal((await host.run('cat', '/proc/sys/vm/overcommit_memory')).trim(), '2');
  t.equal(await readFile('/proc/sys/vm/overcommit_memory', 'utf8'), before);
});

test('the programs of a host are those of its back end', { skip }, async (t) => {
  for (const backEnd of ['nft', 'legacy'] as const) {
    const host = await newHost(t, { backEnd });
    t.match(await host.run('iptables', '--version'), backEnd === 'nft' ? 'nf_tables' : 'legacy');
  }
});

test('a dump of a host is the same until something is changed', { skip }, async (t) => {
  const host = await newHost(t, { dualStack: true });
  const before = await dumpHost(host);
  t.same(await dumpHost(host), before);
  await host.run('iptables-nft', '-t', 'nat', '-S');
  t.same(await dumpHost(host), before, 'a look at a table is no change');
  await host.run('iptables-nft', '-t', 'nat', '-A', 'POSTROUTING', '-j', 'ACCEPT');
  t.not((await dumpHost(host)).nft, before.nft);
  await host.run('sysctl', '-w', 'net.ipv4.ip_forward=1');
  t.not((await dumpHost(host)).sysctls, before.sysctls);
});

test('a whole bootlet runs on a host of the lab and restarts its Docker by the command given to it', {
  skip,
}, async (t) => {
  const host = await newHost(t);
  const docker = await startHostDocker(t, host, { 'log-driver': 'json-file' });
  const bootlet = await startHostBootlet(t, host, docker);
  t.equal((await bootlet.api('/readyz')).status, 200);
  const first = docker.pid();
  const [program = '', ...args] = docker.restartCommand;
  await run(program, args);
  t.not(docker.pid(), first);
});
