import { type Test, test } from 'tap';
import { readLinks } from '../../../daemon/host/ip/links.ts';
import { bridgeSetting } from '../../../daemon/network/bridge/bridge.ts';
import { duplicateFilterSetting } from '../../../daemon/network/bridge/duplicate-filter.ts';
import { batchOf } from '../../../daemon/network/bridge/plan-bridge.ts';
import { targetOf } from '../../../daemon/network/bridge/target.ts';
import { rangeOf } from '../../../daemon/network/plan-spec.ts';
import type { NetworkSpec } from '../../../daemon/network/resources.ts';
import { DockerEngine } from '../../../daemon/runtime/docker/engine.ts';
import { sandboxesOn } from '../../../daemon/runtime/docker/sandboxes.ts';
import { startChild } from '../../lab/child.ts';
import { labImages } from '../../lab/images.ts';
import { type Host, newHost, POD_CIDRS, startHostDocker } from '../../lab/network/host.ts';
import { hostSysctlsOf } from '../../lab/network/host-sysctls.ts';
import { keptSetting } from '../../lab/network/kept-setting.ts';
import { dumpHost } from '../../support/host-dump.ts';
import { aNetworkSpec } from '../../support/network-builders.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('nsenter', 'unshare', 'setpriv', 'ip', 'nft', 'iptables-legacy', 'sysctl', 'busybox', 'dockerd');

const SPEC = aNetworkSpec({ ranges: [rangeOf(POD_CIDRS.ipv4), rangeOf(POD_CIDRS.ipv6)] });
const RENUMBERED: NetworkSpec = { ...SPEC, ranges: [rangeOf('10.22.9.0/24'), rangeOf('fd00:22:9::/64')] };

const aHost = async (
  t: Test,
  sandboxes: Parameters<typeof bridgeSetting>[0]['sandboxesOn'] = async () => undefined,
) => {
  const host = await newHost(t, { dualStack: true });
  const sysctls = hostSysctlsOf(host);
  let subnets: readonly string[] | undefined = [];
  const setting = bridgeSetting({
    run: host.tools,
    sysctls,
    sandboxesOn: sandboxes,
    subnetsOn: async () => subnets,
    isDockers: false,
  });
  const dockerHas = (networks: typeof subnets) => {
    subnets = networks;
  };
  return { host, sysctls, dockerHas, setting, bridge: await keptSetting(host, setting) };
};

const cbr0Of = async (host: Host) => (await readLinks(host.tools)).find(({ name }) => name === 'cbr0');

const addressesOf = async (host: Host): Promise<readonly string[]> =>
  ((await cbr0Of(host))?.addresses ?? [])
    .filter(({ scope }) => scope === 'global')
    .map(({ address, prefixLength }) => `${address}/${prefixLength}`);

/** A pod as far as the bridge goes: a namespace below the host's, with the first address after the bridge's. */
const addPort = async (host: Host, name: string, ...more: string[]): Promise<void> => {
  await host.run('ip', 'link', 'add', name, ...more, 'type', 'veth', 'peer', 'name', `${name}p`);
  await host.run('ip', 'link', 'set', name, 'master', 'cbr0', 'up');
};

test('the bridge is made with all that it has, once', { skip }, async (t) => {
  const { host, sysctls, bridge } = await aHost(t);
  await bridge.keep(SPEC);
  t.match(await cbr0Of(host), {
    kind: 'bridge',
    mac: SPEC.bridge.mac,
    mtu: 1500,
    isUp: true,
    isPromiscuous: false,
    bridge: { callsIptables: true, callsIp6tables: true },
  });
  t.same(await addressesOf(host), ['10.22.3.1/24', 'fd00:22:3::1/64']);
  t.equal(sysctls.read('net/ipv6/conf/cbr0/accept_ra'), '0');
  t.same(await bridge.plan(SPEC), []);
});

test('the MTU stays when a port has a smaller one', { skip }, async (t) => {
  const { host, bridge } = await aHost(t);
  await bridge.keep(SPEC);
  await addPort(host, 'veth1', 'mtu', '1300');
  t.equal((await cbr0Of(host))?.mtu, 1500);
});

const damages: readonly (readonly [what: string, args: readonly string[]])[] = [
  ['another MAC', ['link', 'set', 'cbr0', 'address', '02:00:00:00:00:09']],
  ['another MTU', ['link', 'set', 'cbr0', 'mtu', '1400']],
  ['the packet filter left out', ['link', 'set', 'cbr0', 'type', 'bridge', 'nf_call_iptables', '0']],
  ['that of IPv6 left out', ['link', 'set', 'cbr0', 'type', 'bridge', 'nf_call_ip6tables', '0']],
  ['promiscuous mode', ['link', 'set', 'cbr0', 'promisc', 'on']],
  ['a link that is down, which takes its addresses of IPv6', ['link', 'set', 'cbr0', 'down']],
  ['a missing address', ['address', 'delete', '10.22.3.1/24', 'dev', 'cbr0']],
  ['no addresses at all', ['address', 'flush', 'dev', 'cbr0', 'scope', 'global']],
  ['no bridge', ['link', 'delete', 'cbr0']],
];
test('the bridge is as before after whatever was done to it', { skip }, async (t) => {
  const { host, bridge } = await aHost(t);
  await bridge.keep(SPEC);
  const { index: _, ...before } = (await cbr0Of(host)) ?? {};
  for (const [what, args] of damages) {
    await host.run('ip', ...args);
    t.not((await bridge.plan(SPEC)).length, 0, what);
    await bridge.keep(SPEC);
    t.match(await cbr0Of(host), before, what);
  }
});

test('hairpin is put right on ports of containers', { skip }, async (t) => {
  const { host, bridge } = await aHost(t);
  await bridge.keep(SPEC);
  await addPort(host, 'veth1');
  t.match(await bridge.keep(SPEC), [{ object: 'ports of cbr0', isRoutine: true }]);
  t.equal((await readLinks(host.tools)).find(({ name }) => name === 'veth1')?.hairpin, true);
  t.same(await bridge.plan(SPEC), []);
});

test('renumbering adds the new addresses before it deletes the old', { skip }, async (t) => {
  const { host, bridge, dockerHas } = await aHost(t);
  await bridge.keep(SPEC);
  const monitor = startChild(['ip', 'monitor', 'address'], host);
  t.teardown(() => monitor.end('SIGTERM'));
  // It says nothing of when it listens; from then on it tells of this one.
  while (!monitor.output().some((line) => line.includes('192.0.2.99')))
    await host.run('ip', 'address', 'change', '192.0.2.99/32', 'dev', 'lo');
  await bridge.keep(RENUMBERED);
  await monitor.line(/Deleted.*fd00:22:3::1/, 60_000);
  const order = monitor
    .output()
    .flatMap((line) => /cbr0\s+inet6? (?<address>\S+)/.exec(line)?.groups?.['address'] ?? [])
    .filter((address) => !address.startsWith('fe80'));
  t.same(order.slice(0, 2).toSorted(), ['10.22.9.1/24', 'fd00:22:9::1/64']);
  t.same(order.slice(2).toSorted(), ['10.22.3.1/24', 'fd00:22:3::1/64']);
  t.same(await addressesOf(host), ['10.22.9.1/24', 'fd00:22:9::1/64']);
  dockerHas(['10.22.9.0/24', 'fd00:22:9::/64']);
  await bridge.keep(SPEC);
  t.equal((await addressesOf(host)).length, 4, 'containers still have the old ones as their gateway');
  dockerHas(undefined);
  t.same(await bridge.plan(SPEC), [], 'Docker does not answer');
  dockerHas(['10.22.3.0/24', 'fd00:22:3::/64']);
  await bridge.keep(SPEC);
  t.same(await addressesOf(host), ['10.22.3.1/24', 'fd00:22:3::1/64']);
});

test('what is run at boot makes the same bridge, and changes nothing where it is there already', {
  skip,
}, async (t) => {
  const { host, bridge } = await aHost(t);
  const lines = batchOf(targetOf(SPEC));
  const boot = (input: readonly string[]) =>
    host.tools('ip', ['-force', '-batch', '-'], { input: `${input.join('\n')}\n` });
  t.match(await boot(lines), { exitCode: 0, stderr: '' });
  t.same(
    (await bridge.plan(SPEC)).map(({ object }) => object),
    ['accept_ra of cbr0'],
    'which is no matter of ip',
  );
  await addPort(host, 'veth1', 'mtu', '1300');
  t.equal((await cbr0Of(host))?.mtu, 1500);
  await bridge.keep(SPEC);
  const before = await dumpHost(host);
  t.match(await boot(lines.slice(1)), { exitCode: 0, stderr: '' });
  t.same(await dumpHost(host), before);
});

test('a reset takes a bridge away that bootlet made', { skip }, async (t) => {
  const { host, bridge } = await aHost(t);
  const before = await dumpHost(host);
  await bridge.keep(SPEC);
  await bridge.keep(RENUMBERED);
  await bridge.keep(undefined);
  t.same(await dumpHost(host), before);
  t.ok(bridge.ledger.isEmpty);
});

test('a bridge of an earlier tool is taken over, and a reset gives it back as it was', { skip }, async (t) => {
  const { host, bridge } = await aHost(t);
  await host.run('ip', 'link', 'add', 'cbr0', 'address', '02:00:00:00:00:07', 'type', 'bridge');
  await host.run('ip', 'link', 'set', 'cbr0', 'mtu', '1400');
  await host.run('ip', 'link', 'set', 'cbr0', 'up');
  await host.run('ip', 'address', 'add', '10.22.8.1/24', 'dev', 'cbr0');
  await host.run('ip', 'address', 'add', '10.22.3.9/24', 'dev', 'cbr0');
  await host.run('ip', 'address', 'add', 'fd00:8::1/64', 'dev', 'cbr0', 'nodad');
  const before = await dumpHost(host);
  await bridge.keep(SPEC);
  t.same(await addressesOf(host), ['10.22.3.1/24', 'fd00:22:3::1/64']);
  await bridge.keep(RENUMBERED);
  await bridge.keep(undefined);
  t.same(await dumpHost(host), before);
  t.ok(bridge.ledger.isEmpty);
});

test('what has the name and is no bridge is refused, and so is another name for one that is kept', {
  skip,
}, async (t) => {
  const { host, bridge } = await aHost(t);
  await host.run('ip', 'link', 'add', 'cbr0', 'type', 'veth', 'peer', 'name', 'veth1');
  await t.rejects(bridge.plan(SPEC), { code: 'E_NETWORK_REFUSED', retryable: false });
  await host.run('ip', 'link', 'delete', 'cbr0');
  await bridge.keep(SPEC);
  const renamed = { ...SPEC, bridge: { ...SPEC.bridge, name: 'pods0' } };
  await t.rejects(bridge.plan(renamed), { code: 'E_NETWORK_REFUSED', message: /cbr0/ });
});

test("a veth of another program's that is on no bridge is left alone", { skip }, async (t) => {
  const { host, bridge } = await aHost(t, async () => ['/run/netns/no-such']);
  await host.run('ip', 'link', 'add', 'veth1', 'type', 'veth', 'peer', 'name', 'veth2');
  await bridge.keep(SPEC);
  t.equal((await readLinks(host.tools)).find(({ name }) => name === 'veth1')?.master, undefined);
});

test('while Docker does not say whether a veth without a bridge is its, the bridge is polled', { skip }, async (t) => {
  let sandboxes: readonly string[] | undefined;
  const { host, bridge, setting } = await aHost(t, async () => sandboxes);
  await host.run('ip', 'link', 'add', 'veth1', 'type', 'veth', 'peer', 'name', 'veth2');
  await bridge.keep(SPEC);
  t.equal(setting.polled, true);
  sandboxes = [];
  await bridge.plan(SPEC);
  t.equal(setting.polled, false);
});

test('containers are back on a bridge that was deleted under them, with hairpin', { skip }, async (t) => {
  let engine: DockerEngine | undefined;
  const { host, bridge } = await aHost(t, async (name) => engine && sandboxesOn(engine, name));
  await bridge.keep(SPEC);
  const docker = await startHostDocker(t, host, { bridge: 'cbr0', iptables: false, 'userland-proxy': false });
  engine = new DockerEngine(docker.endpoint);
  t.teardown(() => engine?.close());
  await docker.engine.load(await labImages());
  const addresses: string[] = [];
  for (const name of ['one', 'two']) {
    const command = { Image: 'lab/busybox:1', Cmd: ['sleep', '1000'] };
    const { Id } = (await docker.engine.call('POST', `/containers/create?name=${name}`, command)) as { Id: string };
    await docker.engine.call('POST', `/containers/${Id}/start`);
    const seen = (await docker.engine.call('GET', `/containers/${Id}/json`)) as {
      readonly NetworkSettings: { readonly IPAddress: string };
    };
    addresses.push(seen.NetworkSettings.IPAddress);
  }
  for (const address of addresses) await host.run('busybox', 'ping', '-c1', '-W5', address);
  await host.run('ip', 'link', 'add', 'veth1', 'type', 'veth', 'peer', 'name', 'veth2');

  await host.run('ip', 'link', 'delete', 'cbr0');
  await bridge.keep(SPEC);
  for (const address of addresses) await host.run('busybox', 'ping', '-c1', '-W5', address);
  const ports = (await readLinks(host.tools)).filter(({ master }) => master === 'cbr0');
  t.same(
    ports.map(({ hairpin }) => hairpin),
    [true, true],
  );
  t.ok(ports.every(({ name }) => name !== 'veth1'));
  t.same(await bridge.plan(SPEC), []);
  t.match(await bridge.plan(undefined), [{ object: 'link cbr0', held: /veth/ }], 'it is in use');
});

test('a bridge in promiscuous mode gets the filter of duplicates, which follows its ranges and goes with the mode', {
  skip: skip || missing('ebtables'),
}, async (t) => {
  const { host } = await aHost(t);
  const filter = await keptSetting(host, duplicateFilterSetting(host.tools));
  const before = await dumpHost(host);
  t.same(await filter.plan(SPEC), []);
  const promiscuous = (spec: NetworkSpec) => ({ ...spec, bridge: { ...spec.bridge, promiscuous: true } });
  await filter.keep(promiscuous(SPEC));
  t.same(await filter.plan(promiscuous(SPEC)), []);
  t.match(await host.run('ebtables', '-L', 'BOOTLET-DEDUP'), '--ip6-src fd00:22:3::/64 -j DROP');
  for (const damage of [['-F'], ['-D', 'OUTPUT', '1'], ['-A', 'OUTPUT', '-j', 'BOOTLET-DEDUP']]) {
    await host.run('ebtables', ...damage);
    await filter.keep(promiscuous(SPEC));
  }
  await filter.keep(promiscuous(RENUMBERED));
  t.notMatch(await host.run('ebtables', '-L', 'BOOTLET-DEDUP'), '10.22.3.');
  await filter.keep(RENUMBERED);
  t.same(await dumpHost(host), before);
  t.ok(filter.ledger.isEmpty);
});

test('promiscuous mode without ebtables is refused', { skip }, async (t) => {
  const setting = duplicateFilterSetting(async () => ({ exitCode: 127, stdout: '', stderr: '' }));
  const spec = { ...SPEC, bridge: { ...SPEC.bridge, promiscuous: true } };
  await t.rejects(setting.plan(spec, {}), { code: 'E_NETWORK_REFUSED', hint: /install ebtables/ });
  t.match(await setting.plan(SPEC, { 'ebtables filter BOOTLET-DEDUP': null }), [
    { change: { ledger: { do: 'strike' } } },
  ]);
});
