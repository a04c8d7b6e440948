import { type Test, test } from 'tap';
import { Iptables } from '../../../daemon/host/iptables/iptables.ts';
import { readForwardChains } from '../../../daemon/host/nft/forward-chains.ts';
import { forwardSetting } from '../../../daemon/network/forward.ts';
import { masqueradeSetting } from '../../../daemon/network/masquerade.ts';
import { rangeOf } from '../../../daemon/network/plan-spec.ts';
import { startChild } from '../../lab/child.ts';
import { newNetns } from '../../lab/netns.ts';
import { type Host, newHost, POD_CIDRS } from '../../lab/network/host.ts';
import { keptSetting } from '../../lab/network/kept-setting.ts';
import { run } from '../../lab/run.ts';
import { aNetworkSpec } from '../../support/network-builders.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('nsenter', 'unshare', 'setpriv', 'ip', 'iptables-legacy', 'iptables-nft', 'sysctl');

const SPEC = aNetworkSpec({
  ranges: [rangeOf(POD_CIDRS.ipv4), rangeOf(POD_CIDRS.ipv6)],
  masquerade: { nonMasqueradeCIDRs: Object.values(POD_CIDRS), randomFully: true },
});

/** Tells each who connects which address that one is seen with. */
const MIRROR = `require('node:net').createServer((s) => s.end(s.remoteAddress.replace('::ffff:', ''))).listen(8080, '::', () => console.log('listens'))`;

const startMirror = async (t: Test, netns: string): Promise<void> => {
  const child = startChild([process.execPath, '-e', MIRROR], { netns, env: process.env });
  t.teardown(() => child.end('SIGKILL'));
  await child.line(/listens/, 30_000);
};

const ASK = `const [host, localAddress] = process.argv.slice(1); require('node:net').connect({ host, port: 8080, localAddress }).pipe(process.stdout)`;

/** The address that the mirror at `to` sees. @param from the one that the asking process chose, if it did */
const seenFrom = async (netns: string, to: string, from: readonly string[] = []): Promise<string> =>
  (await run('nsenter', [`--net=/run/netns/${netns}`, process.execPath, '-e', ASK, to, ...from])).trim();

/** A bridge as bootlet makes it, through the packet filter even between its own ports. */
const addBridge = async ({ run: ip }: Host): Promise<void> => {
  await ip('ip', 'link', 'add', 'cbr0', 'type', 'bridge', 'nf_call_iptables', '1', 'nf_call_ip6tables', '1');
  await ip('ip', 'address', 'add', '10.22.3.1/24', 'dev', 'cbr0');
  await ip('ip', 'address', 'add', 'fd00:22:3::1/64', 'dev', 'cbr0', 'nodad');
  await ip('ip', 'link', 'set', 'cbr0', 'up');
  await ip('sysctl', '-q', '-w', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
};

/** A namespace that is a pod's: its name. */
const addPod = async (t: Test, { netns }: Host, number: number): Promise<string> => {
  const pod = await newNetns(t);
  const veth = ['link', 'add', `veth${number}`, 'up', 'master', 'cbr0', 'type', 'veth', 'peer', 'eth0', 'netns', pod];
  await run('ip', ['-n', netns, ...veth]);
  const inPod = (...args: string[]) => run('ip', ['-n', pod, ...args]);
  await inPod('address', 'add', `10.22.3.${number}/24`, 'dev', 'eth0');
  await inPod('address', 'add', `fd00:22:3::${number}/64`, 'dev', 'eth0', 'nodad');
  await inPod('link', 'set', 'eth0', 'up');
  await inPod('route', 'add', 'default', 'via', '10.22.3.1');
  await inPod('route', 'add', 'default', 'via', 'fd00:22:3::1');
  return pod;
};

for (const backEnd of ['nft', 'legacy'] as const) {
  test(`${backEnd}: only what pods send outside is seen with the address of the host`, { skip }, async (t) => {
    const host = await newHost(t, { dualStack: true, backEnd });
    const { lan, addresses } = host;
    await addBridge(host);
    const [pod, other] = [await addPod(t, host, 5), await addPod(t, host, 6)];
    for (const netns of [lan.netns, other]) await startMirror(t, netns);
    const iptables = new Iptables(host.tools);
    const masquerade = await keptSetting(host, masqueradeSetting(iptables));
    await masquerade.keep(SPEC);

    t.equal(await seenFrom(pod, lan.addresses.ipv4), addresses.ipv4);
    t.equal(await seenFrom(pod, lan.addresses.ipv6), addresses.ipv6);
    t.equal(await seenFrom(pod, '10.22.3.6'), '10.22.3.5', 'between pods of one bridge');
    t.equal(await seenFrom(pod, 'fd00:22:3::6'), 'fd00:22:3::5', 'and in IPv6');

    await host.run('ip', 'address', 'add', '192.0.2.99/24', 'dev', 'eth0');
    const bound = await seenFrom(host.netns, lan.addresses.ipv4, ['192.0.2.99']);
    t.equal(bound, '192.0.2.99', 'a process of the host that chose its address keeps it');

    await run('ip', ['-n', lan.netns, 'route', 'add', POD_CIDRS.ipv4, 'via', addresses.ipv4]);
    await masquerade.keep({ ...SPEC, masquerade: { nonMasqueradeCIDRs: ['192.0.2.0/24'], randomFully: false } });
    t.equal(await seenFrom(pod, lan.addresses.ipv4), '10.22.3.5', 'where pods keep their address');
  });

  test(`${backEnd}: pods reach what is outside although the firewall drops what is forwarded`, { skip }, async (t) => {
    const host = await newHost(t, { backEnd });
    await addBridge(host);
    const pod = await addPod(t, host, 5);
    await startMirror(t, host.lan.netns);
    await host.run(`iptables-${backEnd}`, '-w', '-A', 'FORWARD', '-j', 'REJECT');
    await host.run(`iptables-${backEnd}`, '-w', '-P', 'FORWARD', 'DROP');
    const iptables = new Iptables(host.tools);
    const spec = aNetworkSpec();
    for (const setting of [
      masqueradeSetting(iptables),
      forwardSetting(iptables, host.tools, { read: () => readForwardChains(host.tools), forget: () => undefined }),
    ]) {
      await (await keptSetting(host, setting)).keep(spec);
    }
    t.equal(await seenFrom(pod, host.lan.addresses.ipv4), host.addresses.ipv4);
  });
}
