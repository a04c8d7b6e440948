import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { type Host, newHost, POD_CIDRS, startHostBootlet, startHostDocker } from '../../lab/network/host.ts';
import { networkCondition } from '../../lab/network/settled.ts';
import { dumpHost } from '../../support/host-dump.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'nsenter', 'setpriv', 'unshare', 'ip', 'nft', 'iptables-legacy', 'sysctl');

type Network = Readonly<Record<string, unknown>>;

const podCIDRs = [POD_CIDRS.ipv4];
const dualStack = Object.values(POD_CIDRS);
const OTHER_RANGE = /set network\.podCIDRs to ranges that nothing on this host and in its networks has/;

/** What the configuration by itself shows to be wrong, and what is said of it. */
const unreadable: readonly (readonly [what: string, network: Network, message: RegExp])[] = [
  [
    'ranges that overlap',
    { podCIDRs: ['10.22.3.0/24', '10.22.3.128/25'] },
    /network\.podCIDRs\[1\]: is a second IPv4 range and overlaps 10\.22\.3\.0\/24: a pod has one address of each family/,
  ],
  [
    'a range without room for a pod',
    { podCIDRs: ['10.22.3.0/31'] },
    /podCIDRs.*no room for a pod: an IPv4 range has a prefix of at most \/30/s,
  ],
  [
    'an MTU that IPv6 does not allow',
    { podCIDRs: dualStack, bridge: { mtu: 1279 } },
    /network\.bridge\.mtu.*must be at least 1280 with IPv6, not 1279/s,
  ],
];

interface Refusal {
  readonly what: string;
  /** Makes the host such that it is refused. */
  readonly arrange?: (host: Host) => Promise<unknown>;
  readonly network: (host: Host) => Network;
  /** What stands in the way, and the way out. */
  readonly says: readonly RegExp[];
}

/** What only the host shows to be wrong. */
const refused: readonly Refusal[] = [
  {
    what: "a range that holds the host's own address",
    arrange: (host) => host.run('ip', 'address', 'add', '198.51.100.7/32', 'dev', 'eth0'),
    network: () => ({ podCIDRs: ['198.51.100.0/24'] }),
    says: [/holds 198\.51\.100\.7, an address of eth0/, OTHER_RANGE],
  },
  {
    what: "a range within the host's own network",
    network: ({ addresses }) => ({ podCIDRs: [addresses.ipv4.replace(/\d+$/, '128/25')] }),
    says: [/overlaps \S+, the network of eth0/, OTHER_RANGE],
  },
  {
    what: 'a range that holds the gateway of the default route',
    arrange: (host) => host.run('ip', 'route', 'replace', 'default', 'via', '203.0.113.1', 'dev', 'eth0', 'onlink'),
    network: () => ({ podCIDRs: ['203.0.113.0/24'] }),
    says: [/holds 203\.0\.113\.1, the gateway of the default route/, OTHER_RANGE],
  },
  {
    what: 'a bridge with the name of an interface',
    network: () => ({ podCIDRs, bridge: { name: 'eth0' } }),
    says: [/network\.bridge\.name: eth0 is no bridge/, /choose a name that no interface of this host has/],
  },
  {
    what: "a bridge with the name of the LAN's",
    arrange: async (host) => {
      await host.run('ip', 'link', 'add', 'br-lan', 'type', 'bridge');
      // An address that the kernel makes itself would be tentative in the first of two dumps.
      await host.run('ip', 'link', 'set', 'br-lan', 'addrgenmode', 'none');
      await host.run('ip', 'link', 'set', 'br-lan', 'up');
      await host.run('ip', 'route', 'add', 'default', 'dev', 'br-lan', 'metric', '500');
    },
    network: () => ({ podCIDRs, bridge: { name: 'br-lan' } }),
    says: [
      /br-lan is the bridge that the default route goes through/,
      /choose a name that no interface of this host has/,
    ],
  },
  {
    what: 'a sysctl that the kernel has not',
    network: () => ({ podCIDRs, sysctls: { 'net.core.nonsense': 1 } }),
    says: [/this kernel has no sysctl net\.core\.nonsense/, /; .*network\.sysctls/],
  },
  {
    what: 'an uplink that carries too little for IPv6',
    arrange: (host) => host.run('ip', 'link', 'set', 'eth0', 'mtu', '1270'),
    network: () => ({ podCIDRs: dualStack }),
    says: [
      /at least 1280 with IPv6, not 1270/,
      /set network\.bridge\.mtu to 1280 or more, or leave the range of IPv6 out/,
    ],
  },
  {
    what: 'a daemon.json that is not JSON',
    arrange: ({ dir }) => writeFile(join(dir, 'etc/docker/daemon.json'), '{\n  "debug": yes\n}\n'),
    network: () => ({ podCIDRs }),
    says: [/daemon\.json:2:12: expected a value/, /mend \S+daemon\.json: Docker itself would not start with it/],
  },
  {
    what: 'an /etc that is read-only',
    arrange: async (host) => {
      const etc = join(host.dir, 'etc');
      await writeFile(join(etc, 'docker/daemon.json'), '{}');
      await host.run('mount', '--bind', etc, etc);
      await host.run('mount', '-o', 'remount,bind,ro', etc);
    },
    network: () => ({ podCIDRs }),
    says: [/\/etc\/\S+ cannot be written: .*read-only file system/, /make it writable, or set paths\.\S+/],
  },
];

test('what cannot be is refused before anything is touched, with the way out', { skip }, async (t) => {
  const host = await newHost(t, { dualStack: true });
  const docker = await startHostDocker(t, host, {});
  const bootlet = await startHostBootlet(t, host, docker, { network: { manage: false } });
  await bootlet.stop();
  const { network: managed, ...others } = JSON.parse(await readFile(bootlet.configFile, 'utf8'));
  const configure = (network: Network): Promise<void> =>
    writeFile(bootlet.configFile, JSON.stringify({ ...others, network: { ...managed, manage: true, ...network } }));

  for (const [what, network, message] of unreadable) {
    await t.test(what, async (t) => {
      await configure(network);
      const before = await dumpHost(host);
      const { code, stderr } = await bootlet.cli('run', '--config', bootlet.configFile);
      t.not(code, 0);
      t.match(stderr, message);
      t.strictSame(await dumpHost(host), before);
    });
  }

  for (const { what, arrange = async () => undefined, network, says } of refused) {
    await t.test(what, async (t) => {
      await arrange(host);
      await configure(network(host));
      const before = await dumpHost(host);
      await bootlet.start();
      const { message } = await networkCondition(bootlet, 'NetworkConfigured', { reason: 'NetworkRefused' });
      for (const part of says) t.match(message, part);
      await bootlet.stop();
      t.strictSame(await dumpHost(host), before);
    });
  }
});
