import { test } from 'tap';
import { newHost, POD_CIDRS } from '../../lab/network/host.ts';
import { dumpHost } from '../../support/host-dump.ts';
import { hostSettings } from '../../support/host-settings.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('nsenter', 'unshare', 'ip', 'nft', 'iptables-legacy', 'sysctl');

test('what the host does not allow is refused with what stands in the way, and nothing is touched', {
  skip,
}, async (t) => {
  const host = await newHost(t, { dualStack: true });
  const { lan, addresses } = host;
  await host.run('ip', 'link', 'add', 'br-lan', 'type', 'bridge');
  await host.run('ip', 'address', 'add', '198.51.100.1/24', 'dev', 'br-lan');
  // An address that the kernel makes itself would be tentative in the first of two dumps.
  await host.run('ip', 'link', 'set', 'br-lan', 'addrgenmode', 'none');
  await host.run('ip', 'link', 'set', 'br-lan', 'up');
  await host.run('ip', 'route', 'add', 'default', 'via', '198.51.100.2', 'metric', '500');
  await host.run('ip', 'link', 'set', 'eth0', 'mtu', '1270');
  const before = await dumpHost(host);

  const podCIDRs = [POD_CIDRS.ipv4];
  const refusals: readonly (readonly [network: Readonly<Record<string, unknown>>, message: RegExp])[] = [
    [{ podCIDRs: [`${addresses.ipv4}/24`] }, new RegExp(`holds ${addresses.ipv4}, an address of eth0`)],
    [{ podCIDRs: [`${lan.addresses.ipv4}/30`] }, /holds \S+, (the gateway of the default route|an address of eth0)/],
    [{ podCIDRs: [`${addresses.ipv4.replace(/\d+$/, '128')}/25`] }, /overlaps \S+, the network of eth0/],
    [{ podCIDRs, bridge: { name: 'eth0' } }, /eth0 is no bridge but veth/],
    [{ podCIDRs, bridge: { name: 'br-lan' } }, /br-lan is the bridge that the default route goes through/],
    [{ podCIDRs: Object.values(POD_CIDRS) }, /the MTU of the uplink must be at least 1280 with IPv6, not 1270/],
    [{ podCIDRs, sysctls: { 'net.core.nonsense': 1 } }, /this kernel has no sysctl net\.core\.nonsense/],
    [{ podCIDRs: [POD_CIDRS.ipv4, '10.22.3.128/25'] }, /is a second IPv4 range and overlaps/],
    [{ podCIDRs, bridge: { mtu: 500 } }, /network\.bridge\.mtu: must be at least 576/],
  ];
  for (const [network, message] of refusals) {
    await t.rejects((await hostSettings(host, { network })).setup(), message, String(message));
  }
  const after = await dumpHost(host);
  for (const [section, text] of Object.entries(before)) {
    t.equal(after[section as keyof typeof after], text, `${section} are as they were`);
  }
});
