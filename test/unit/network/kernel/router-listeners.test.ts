import { test } from 'tap';
import { rangeOf } from '../../../../daemon/network/plan-spec.ts';
import { aNetworkSpec } from '../../../support/network-builders.ts';
import { newHost, objects } from './kernel-host.ts';

const ipv4 = aNetworkSpec();
const dual = aNetworkSpec({ ranges: [rangeOf('10.22.3.0/24'), rangeOf('fd00:22::/64')] });

test('with IPv6 the uplink listens to routers on, from before the host forwards', async (t) => {
  const { pass, sysctl, put } = await newHost(t);
  const changes = objects(await pass(dual));
  t.equal(sysctl('net/ipv6/conf/eth0/accept_ra'), '2');
  t.equal(sysctl('net/ipv6/conf/all/forwarding'), '1');
  t.ok(changes.indexOf('sysctl net.ipv6.conf.eth0.accept_ra') < changes.indexOf('sysctl net.ipv6.conf.all.forwarding'));
  put('proc/net/route', 'Iface\tDestination\n');
  t.same(await pass(dual), [], 'an uplink that is away keeps it');
});

test('an interface that a router advertised a route on listens on too, and one that never did stays deaf', async (t) => {
  const { pass, sysctl, put } = await newHost(t, {
    sysctls: { 'net/ipv6/conf/eth1.7/accept_ra': '1', 'net/ipv6/conf/eth2/accept_ra': '0' },
  });
  const zeros = '0'.repeat(32);
  const route = (bits: string, flags: string, device: string) =>
    `${zeros} ${bits} ${zeros} 00 ${zeros} 400 1 0 ${flags} ${device}\n`;
  put('proc/net/ipv6_route', route('40', '00450001', 'eth1.7') + route('00', '00000003', 'eth2'));
  await pass(dual);
  t.equal(sysctl('net/ipv6/conf/eth1.7/accept_ra'), '2');
  t.equal(sysctl('net/ipv6/conf/eth2/accept_ra'), '0');
});

/** Of what a host may have beside eth0, each of which listens to routers. */
const quiet = {
  sysctls: Object.fromEntries(
    ['lo', 'eth3', 'bond0', 'eth4', 'docker0', 'veth1', 'tun0'].map((name) => [`net/ipv6/conf/${name}/accept_ra`, '1']),
  ),
  links: [
    { ifname: 'lo', flags: ['LOOPBACK'] },
    { ifname: 'eth3' },
    { ifname: 'bond0', linkinfo: { info_kind: 'bond' } },
    { ifname: 'eth4', master: 'bond0' },
    { ifname: 'docker0', linkinfo: { info_kind: 'bridge' } },
    { ifname: 'veth1', linkinfo: { info_kind: 'veth' } },
    { ifname: 'tun0', linkinfo: { info_kind: 'tun' } },
  ],
};
const LISTENING_ON = ['eth0', 'eth3', 'bond0'].map((name) => `sysctl net.ipv6.conf.${name}.accept_ra`);

test('a device of the machine listens on also where no router has spoken yet, and nothing that leads to containers does', async (t) => {
  const { pass, dump, plan } = await newHost(t, quiet);
  const before = dump();
  const listening = objects(await pass(dual)).filter((object) => object.endsWith('accept_ra'));
  t.same(listening.toSorted(), LISTENING_ON.toSorted());
  t.same(await plan(dual), []);
  await pass(undefined);
  t.same(dump(), before);
  t.notMatch(objects(await pass(ipv4)).join(), 'accept_ra', 'nor where nothing makes the host deaf');
});

test('one that comes later listens too, but none of a host that forwards by somebody else’s will', async (t) => {
  const { pass, put, sysctl } = await newHost(t, { links: quiet.links });
  await pass(dual);
  put('proc/sys/net/ipv6/conf/eth3/accept_ra', '1\n');
  await pass(dual);
  t.equal(sysctl('net/ipv6/conf/eth3/accept_ra'), '2');
  const router = await newHost(t, { ...quiet, sysctls: { ...quiet.sysctls, 'net/ipv6/conf/all/forwarding': '1' } });
  await router.pass(dual);
  t.equal(router.sysctl('net/ipv6/conf/eth3/accept_ra'), '1');
});
