import fc from 'fast-check';
import { test } from 'tap';
import { schema } from '../../../daemon/config/schema.ts';
import { BootletError } from '../../../daemon/errors.ts';
import type { HostNetwork } from '../../../daemon/host/ip/host-network.ts';
import type { Link } from '../../../daemon/host/ip/links.ts';
import { planSpec, type SpecInput } from '../../../daemon/network/plan-spec.ts';
import type { FlannelFile, NetworkSpec } from '../../../daemon/network/resources.ts';
import { aHostNetwork, aLink, aRoute } from '../../support/host-network.ts';

type Network = typeof schema.fallback.network;

const config = (more: Partial<Network> = {}): Network => ({
  ...schema.fallback.network,
  podCIDRs: ['10.22.3.0/24'],
  ...more,
});

const input = (more: Partial<SpecInput> = {}): SpecInput => ({
  config: config(),
  nodeName: 'n1',
  hasCluster: false,
  nodePodCIDRs: undefined,
  flannel: undefined,
  host: aHostNetwork(),
  ownBridges: [],
  ownAddresses: [],
  previous: undefined,
  ...more,
});

const specOf = (more: Partial<SpecInput> = {}): NetworkSpec => {
  const plan = planSpec(input(more));
  if (plan.kind !== 'spec') throw new Error(`it is ${plan.kind}`);
  return plan.spec;
};

const refusalOf = (more: Partial<SpecInput>): BootletError => {
  try {
    planSpec(input(more));
  } catch (error) {
    if (error instanceof BootletError && error.code === 'E_NETWORK_REFUSED') return error;
    throw error;
  }
  throw new Error('it is not refused');
};

const withHost = (links: readonly Link[], routes: HostNetwork['routes'] = []): HostNetwork => {
  const host = aHostNetwork();
  return { links: [...host.links, ...links], routes: [...host.routes, ...routes] };
};

const file = '/run/flannel/subnet.env';
const flannel = (more: Partial<FlannelFile['subnet']> = {}): FlannelFile => ({
  path: file,
  subnet: { networks: ['10.244.0.0/16'], podCIDRs: ['10.244.7.0/24'], mtu: 1450, masquerades: false, ...more },
  fault: undefined,
});
const withFlannel = config({ podCIDRs: [], flannel: { subnetFile: file } });

test('a configured range gives the bridge its first address, a MAC that stays and the MTU of the uplink', async (t) => {
  const spec = specOf({ config: config({ podCIDRs: ['fd00:22::/64', '10.22.3.9/24'] }) });
  t.same(spec.ranges, [
    { family: 'ipv4', cidr: '10.22.3.0/24', gateway: '10.22.3.1', prefixLength: 24 },
    { family: 'ipv6', cidr: 'fd00:22::/64', gateway: 'fd00:22::1', prefixLength: 64 },
  ]);
  t.match(spec.bridge, { name: 'cbr0', mac: /^0a:58(:[0-9a-f]{2}){4}$/, mtu: 1500, hairpin: true });
  t.equal(spec.bridge.mac, specOf({ config: config({ podCIDRs: ['10.99.0.0/16'] }) }).bridge.mac);
});

test('without a range and without a cluster the network is left to the runtime', async (t) => {
  t.same(planSpec(input({ config: config({ podCIDRs: [] }) })), { kind: 'none' });
});

test('with a cluster the range of the Node is waited for, and taken once it is known', async (t) => {
  const more = { config: config({ podCIDRs: [] }), hasCluster: true };
  t.match(planSpec(input(more)), { kind: 'waiting', message: /the Node n1 has no spec\.podCIDRs yet/ });
  t.match(planSpec(input({ ...more, nodePodCIDRs: [] })), { kind: 'waiting' });
  t.equal(specOf({ ...more, nodePodCIDRs: ['10.1.2.0/24'] }).ranges[0]?.cidr, '10.1.2.0/24');
});

test('the MTU is that of the preferred default route, of its own where it has one, the smallest of both families', async (t) => {
  const links = [aLink('eth0', ['192.168.1.5/24'], { mtu: 9000 }), aLink('wlan0', ['10.9.0.5/24'], { mtu: 1400 })];
  const routes = [
    aRoute('default', 'wlan0', { gateway: '10.9.0.1', metric: 600 }),
    aRoute('default', 'eth0', { gateway: '192.168.1.1', metric: 100 }),
  ];
  t.equal(specOf({ host: { links, routes } }).bridge.mtu, 9000);
  const narrowed = routes.map((route) => ({ ...route, mtu: 1350 }));
  t.equal(specOf({ host: { links, routes: narrowed } }).bridge.mtu, 1350);
  const v6 = [...routes, aRoute('default', 'wlan0', { family: 'ipv6', gateway: 'fe80::1' })];
  t.equal(specOf({ host: { links, routes: v6 } }).bridge.mtu, 9000, 'where there is no range of IPv6');
  const dual = config({ podCIDRs: ['10.22.3.0/24', 'fd00:22::/64'] });
  t.equal(specOf({ config: dual, host: { links, routes: v6 } }).bridge.mtu, 1400);
});

test('a default route with several next hops counts with the smallest of their MTUs', async (t) => {
  const links = [aLink('eth0', [], { mtu: 1500 }), aLink('eth1', [], { mtu: 1400 })];
  const routes = [
    aRoute('default', 'eth0', { gateway: '10.1.0.2' }),
    aRoute('default', 'eth1', { gateway: '10.2.0.2' }),
  ];
  t.equal(specOf({ host: { links, routes } }).bridge.mtu, 1400);
});

test('while the uplink is away the MTU stays what it was', async (t) => {
  const previous = specOf({ host: withHost([], []) });
  const host: HostNetwork = { links: [aLink('eth0', [], { mtu: 1300 })], routes: [] };
  t.equal(specOf({ host, previous }).bridge.mtu, 1500);
  const bridge = aLink('cbr0', ['10.22.3.1/24'], { kind: 'bridge', mtu: 1420 });
  t.equal(specOf({ host: { ...host, links: [...host.links, bridge] } }).bridge.mtu, 1420, 'that of the bridge');
});

test('a host without a default route takes the smallest MTU of what has an address, but for bridges and veths', async (t) => {
  const links = [
    aLink('lo', ['127.0.0.1/8'], { mtu: 65536 }),
    aLink('eth0', ['192.168.1.5/24'], { mtu: 1450 }),
    aLink('virbr0', ['192.168.122.1/24'], { kind: 'bridge', mtu: 900 }),
    aLink('veth1', [], { kind: 'veth', mtu: 700 }),
    aLink('eth1', ['192.168.2.5/24'], { mtu: 600, isUp: false }),
  ];
  t.equal(specOf({ host: { links, routes: [] } }).bridge.mtu, 1450);
  t.equal(specOf({ host: { links: [], routes: [] } }).bridge.mtu, 1500);
});

test('a configured MTU wins over the uplink and over flannel', async (t) => {
  const bridge = { ...config().bridge, mtu: 1300 };
  t.equal(specOf({ config: config({ bridge }) }).bridge.mtu, 1300);
  t.equal(specOf({ config: { ...withFlannel, bridge }, flannel: flannel() }).bridge.mtu, 1300);
});

test('an MTU below 1280 is refused with IPv6, wherever it comes from', async (t) => {
  const podCIDRs = ['10.22.3.0/24', 'fd00:22::/64'];
  const bridge = { ...config().bridge, mtu: 1200 };
  t.equal(specOf({ config: config({ bridge }) }).bridge.mtu, 1200, 'without IPv6');
  t.match(refusalOf({ config: config({ podCIDRs, bridge }) }), {
    message: /network\.bridge\.mtu must be at least 1280/,
  });
  const host = withHost([]);
  const links = host.links.map((link) => ({ ...link, mtu: 1200 }));
  t.match(refusalOf({ config: config({ podCIDRs }), host: { ...host, links } }), {
    message: /the MTU of the uplink must be at least 1280 with IPv6, not 1200/,
    hint: /network\.bridge\.mtu/,
  });
});

test("a range that cannot be pods' is refused by the name of where it comes from", async (t) => {
  const refused = (cidr: string) => refusalOf({ config: config({ podCIDRs: [] }), nodePodCIDRs: [cidr] }).message;
  t.match(refused('10.22.3.0/31'), 'spec.podCIDRs of the Node n1: 10.22.3.0/31 has no room for a pod');
  t.match(refused('127.0.0.0/24'), 'holds addresses of the loopback');
  t.match(refused('0.0.0.0/0'), 'holds addresses');
  t.match(refused('fe80::/64'), 'holds addresses of one link');
  t.match(refused('nonsense'), 'is no network');
});

test('a range that holds an address of the host is refused', async (t) => {
  const error = refusalOf({ config: config({ podCIDRs: ['192.168.0.0/16'] }) });
  t.equal(error.message, 'network.podCIDRs: 192.168.0.0/16 holds 192.168.1.5, an address of eth0');
  t.match(error, { retryable: false, hint: /set network\.podCIDRs/ });
});

test('a range that holds the gateway of the default route, or lies in the network of a device, is refused', async (t) => {
  const gateway = refusalOf({ config: config({ podCIDRs: ['192.168.1.0/30'] }) });
  t.equal(gateway.message, 'network.podCIDRs: 192.168.1.0/30 holds 192.168.1.1, the gateway of the default route');
  const inside = refusalOf({ config: config({ podCIDRs: ['192.168.1.128/25'] }) });
  t.equal(inside.message, 'network.podCIDRs: 192.168.1.128/25 overlaps 192.168.1.0/24, the network of eth0');
});

test('a wider network behind a gateway is no conflict, one inside of the range is', async (t) => {
  const wide = withHost([], [aRoute('10.0.0.0/8', 'eth0', { gateway: '192.168.1.9' })]);
  t.equal(specOf({ host: wide }).ranges.length, 1);
  const inside = withHost([], [aRoute('10.22.3.128/25', 'eth0', { gateway: '192.168.1.9' })]);
  t.match(refusalOf({ host: inside }), {
    message: /holds 10\.22\.3\.128\/25, which is routed by 192\.168\.1\.9 on eth0/,
  });
});

test('what the bridge has itself is no conflict, also under an earlier name', async (t) => {
  const bridge = (name: string) =>
    withHost([aLink(name, ['10.22.3.1/24'], { kind: 'bridge' })], [aRoute('10.22.3.0/24', name)]);
  t.equal(specOf({ host: bridge('cbr0') }).bridge.name, 'cbr0');
  t.equal(specOf({ host: bridge('pods0'), ownBridges: ['pods0'] }).bridge.name, 'cbr0');
  t.match(refusalOf({ host: bridge('pods0') }), { message: /holds 10\.22\.3\.1, an address of pods0/ });
});

test('a bridge by the name of anything but a bridge is refused', async (t) => {
  const named = (name: string) => config({ bridge: { ...config().bridge, name } });
  t.match(refusalOf({ config: named('eth0') }), {
    message: 'network.bridge.name: eth0 is no bridge but an interface of the machine',
    hint: /choose a name/,
  });
  const host = withHost([aLink('vx0', [], { kind: 'vxlan' })]);
  t.match(refusalOf({ config: named('vx0'), host }), { message: /vx0 is no bridge but vxlan/ });
});

test("a bridge that is the host's own way out is refused", async (t) => {
  const br0 = aLink('cbr0', ['10.5.0.2/24'], { kind: 'bridge' });
  const port = withHost([br0, aLink('eth1', [], { master: 'cbr0' })]);
  t.match(refusalOf({ host: port }), { message: /cbr0 is the bridge of eth1/ });
  const uplink = withHost([br0], [aRoute('default', 'cbr0', { gateway: '10.5.0.1' })]);
  t.match(refusalOf({ host: uplink }), { message: /cbr0 is the bridge that the default route goes through/ });
});

test('a bridge that older tools made, with containers on it, is taken over', async (t) => {
  const host = withHost([
    aLink('cbr0', ['10.22.3.1/24'], { kind: 'bridge' }),
    aLink('veth1', [], { kind: 'veth', master: 'cbr0' }),
  ]);
  t.equal(specOf({ host }).bridge.name, 'cbr0');
});

test("with bip the bridge is Docker's own", async (t) => {
  const docker = { ...config().docker, attach: 'bip' as const };
  const host = withHost([aLink('docker0', ['10.22.3.1/24'], { kind: 'bridge' })], [aRoute('10.22.3.0/24', 'docker0')]);
  t.equal(specOf({ config: config({ docker }), host }).bridge.name, 'docker0');
});

test('a range that the bridge had before is kept besides as long as its address is on the bridge', async (t) => {
  const ownAddresses = ['10.22.9.1/24', '10.22.3.1/24', '10.22.8.1/24'];
  const host = withHost([aLink('cbr0', ['10.22.9.1/24', '10.1.1.1/24', '10.22.3.1/24'], { kind: 'bridge' })]);
  const ofConfig = config({ podCIDRs: ['10.22.3.0/24'] });
  t.same(
    specOf({ config: ofConfig, host, ownAddresses }).earlier.map(({ cidr }) => cidr),
    ['10.22.9.0/24'],
  );
  const masquerade = { ...config().masquerade, nonMasqueradeCIDRs: [] };
  const spec = specOf({ config: config({ masquerade }), host, ownAddresses });
  t.same(spec.masquerade?.nonMasqueradeCIDRs, ['10.22.3.0/24', '10.22.9.0/24'], 'and not masqueraded either');
});

test('a range of services that pods or this host are in is refused, wherever the range of pods comes from', async (t) => {
  const services = (cidr: string) => config({ podCIDRs: [], serviceCIDRs: [cidr] });
  const nodePodCIDRs = ['10.22.3.0/24'];
  t.same(specOf({ config: services('10.96.7.1/12'), nodePodCIDRs }).serviceCIDRs, ['10.96.0.0/12']);
  t.match(refusalOf({ config: services('10.16.0.0/12'), nodePodCIDRs }), {
    message: 'network.serviceCIDRs: 10.16.0.0/12 overlaps 10.22.3.0/24, which pods have',
    hint: /--service-cluster-ip-range/,
  });
  t.match(refusalOf({ config: services('192.168.0.0/16'), nodePodCIDRs }), {
    message: /network\.serviceCIDRs: 192\.168\.0\.0\/16 holds 192\.168\.1\.\d+, an address of eth0/,
  });
  const host = withHost([aLink('kube-ipvs0', ['10.96.0.1/32'], { kind: 'dummy' })]);
  t.same(
    specOf({ config: services('10.96.0.0/12'), nodePodCIDRs, host }).serviceCIDRs,
    ['10.96.0.0/12'],
    'of services',
  );
});

test('ranges of pods are never masqueraded among themselves', async (t) => {
  const masquerade = { ...config().masquerade, nonMasqueradeCIDRs: ['10.1.2.3/8', '172.16.0.0/12'] };
  t.same(specOf({ config: config({ masquerade }) }).masquerade?.nonMasqueradeCIDRs, ['10.0.0.0/8', '172.16.0.0/12']);
  const other = config({ masquerade, podCIDRs: ['100.64.3.0/24', 'fd00:22::/64'] });
  t.same(specOf({ config: other }).masquerade?.nonMasqueradeCIDRs, [
    '10.0.0.0/8',
    '172.16.0.0/12',
    '100.64.3.0/24',
    'fd00:22::/64',
  ]);
  const off = config({ masquerade: { ...masquerade, enabled: false } });
  t.equal(specOf({ config: off }).masquerade, undefined);
});

test('range, MTU and masquerade come from flannel where its file is configured', async (t) => {
  const host = withHost([aLink('flannel.1', ['10.244.7.0/32'], { kind: 'vxlan', mtu: 1450 })]);
  const spec = specOf({ config: withFlannel, flannel: flannel(), host, nodePodCIDRs: ['10.99.0.0/24'] });
  t.match(spec, { ranges: [{ cidr: '10.244.7.0/24' }], bridge: { mtu: 1450 } });
  t.same(spec.masquerade?.nonMasqueradeCIDRs, ['10.244.0.0/16']);
  t.equal(specOf({ config: withFlannel, flannel: flannel({ masquerades: true }) }).masquerade, undefined);
});

test("flannel's file is waited for while it is missing, and refused while it is broken", async (t) => {
  t.match(planSpec(input({ config: withFlannel })), {
    kind: 'waiting',
    message: /there is no \/run\/flannel\/subnet\.env/,
  });
  const broken = { kind: 'broken', message: 'line 3', hint: 'look at it' } as const;
  const gone: FlannelFile = { path: file, subnet: undefined, fault: broken };
  t.match(refusalOf({ config: withFlannel, flannel: gone }), { message: 'line 3', hint: 'look at it' });
  t.equal(
    specOf({ config: withFlannel, flannel: { ...flannel(), fault: broken } }).bridge.mtu,
    1450,
    'with an older one',
  );
});

test('whatever the range, a plan has the first address of each or is refused with a way out', async () => {
  const address = fc
    .oneof(fc.ipV4(), fc.ipV6())
    .chain((ip) => fc.integer({ min: 0, max: ip.includes(':') ? 128 : 32 }).map((bits) => `${ip}/${bits}`));
  fc.assert(
    fc.property(fc.array(address, { minLength: 1, maxLength: 3 }), (podCIDRs) => {
      try {
        const { ranges } = specOf({ config: config({ podCIDRs }) });
        const families = ranges.map(({ family }) => family);
        return families[0] === 'ipv4' && new Set(families).size === families.length;
      } catch (error) {
        return error instanceof BootletError && error.code === 'E_NETWORK_REFUSED' && error.hint !== undefined;
      }
    }),
  );
});
