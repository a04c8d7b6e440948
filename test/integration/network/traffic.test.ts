import { type Test, test } from 'tap';
import { type Host, newHost } from '../../lab/network/host.ts';
import { newLan } from '../../lab/network/lan.ts';
import { type LabPod, newPod, seenFrom, servePeers } from '../../lab/network/pod.ts';
import { hostSettings } from '../../support/host-settings.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('nsenter', 'unshare', 'ip', 'nft', 'iptables-legacy', 'sysctl', 'busybox');

const PORT = 7000;
const NON_MASQUERADE = ['10.0.0.0/8', 'fd00:22::/32'];

interface Node {
  readonly host: Host;
  readonly pod: LabPod;
  /** Of its pods, IPv4 and IPv6. */
  readonly ranges: readonly [string, string];
}

/** A host whose network bootlet has set up, with a pod that tells who connects to it. */
const newNode = async (t: Test, host: Host, number: number): Promise<Node> => {
  const ranges = [`10.22.${number}.0/24`, `fd00:22:${number}::/64`] as const;
  const settings = await hostSettings(host, {
    network: { podCIDRs: ranges, masquerade: { nonMasqueradeCIDRs: NON_MASQUERADE } },
  });
  await settings.setup();
  const pod = await newPod(t, host, {
    bridge: 'cbr0',
    interfaces: [
      { address: `10.22.${number}.7`, prefixLength: 24, gateway: `10.22.${number}.1` },
      { address: `fd00:22:${number}::7`, prefixLength: 64, gateway: `fd00:22:${number}::1` },
    ],
  });
  await servePeers(t, pod.netns, PORT);
  return { host, pod, ranges };
};

const routeTo = async ({ host }: Node, { ranges, host: { addresses } }: Node): Promise<void> => {
  await host.run('ip', 'route', 'add', ranges[0], 'via', addresses.ipv4);
  await host.run('ip', 'route', 'add', ranges[1], 'via', addresses.ipv6);
};

for (const backEnd of ['nft', 'legacy'] as const) {
  test(`pods of two hosts of ${backEnd} see each other's own addresses over a route; outside, that of the host is seen`, {
    skip,
  }, async (t) => {
    const lan = await newLan(t);
    await servePeers(t, lan.netns, PORT);
    const [first, second] = [
      await newNode(t, await newHost(t, { lan, backEnd, dualStack: true }), 3),
      await newNode(t, await newHost(t, { lan, backEnd, dualStack: true }), 4),
    ];
    await routeTo(first, second);
    await routeTo(second, first);
    for (const family of [0, 1] as const) {
      const [from = '', to = ''] = [first.pod.addresses[family], second.pod.addresses[family]];
      t.equal(await seenFrom(first.pod.netns, to, PORT), from, 'pod to pod');
      t.equal(await seenFrom(second.pod.netns, from, PORT), to, 'and back');
    }
    t.equal(await seenFrom(first.pod.netns, lan.addresses.ipv4, PORT), first.host.addresses.ipv4);
    t.equal(await seenFrom(first.pod.netns, lan.addresses.ipv6, PORT), first.host.addresses.ipv6);
  });
}

test('a host and its own pods reach each other as themselves', { skip }, async (t) => {
  const { host, pod } = await newNode(t, await newHost(t, { dualStack: true }), 3);
  await servePeers(t, host.netns, PORT);
  t.equal(await seenFrom(host.netns, '10.22.3.7', PORT), '10.22.3.1');
  t.equal(await seenFrom(host.netns, 'fd00:22:3::7', PORT), 'fd00:22:3::1');
  t.equal(await seenFrom(pod.netns, host.addresses.ipv4, PORT), '10.22.3.7');
  t.equal(await seenFrom(pod.netns, 'fd00:22:3::1', PORT), 'fd00:22:3::7');
});

test('a firewall that drops what is forwarded lets pods through, and nobody else', { skip }, async (t) => {
  const host = await newHost(t, { dualStack: true });
  await host.run('iptables', '-P', 'FORWARD', 'DROP');
  await host.run('ip6tables', '-P', 'FORWARD', 'DROP');
  await servePeers(t, host.lan.netns, PORT);
  const { pod } = await newNode(t, host, 3);
  t.equal(await seenFrom(pod.netns, host.lan.addresses.ipv4, PORT), host.addresses.ipv4);
  t.equal(await seenFrom(pod.netns, host.lan.addresses.ipv6, PORT), host.addresses.ipv6);
  t.match(await host.run('iptables', '-S', 'FORWARD'), /^-P FORWARD DROP$/m, 'whose policy stays');
});
