import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { bridgeSetting } from '../../../daemon/network/bridge/bridge.ts';
import { batchOf } from '../../../daemon/network/bridge/plan-bridge.ts';
import { targetOf } from '../../../daemon/network/bridge/target.ts';
import { guardPayload } from '../../../daemon/network/loopback-guard.ts';
import { rangeOf } from '../../../daemon/network/plan-spec.ts';
import { newNetns } from '../../lab/netns.ts';
import { newHost as newLabHost, POD_CIDRS } from '../../lab/network/host.ts';
import { hostSysctlsOf } from '../../lab/network/host-sysctls.ts';
import { keptSetting } from '../../lab/network/kept-setting.ts';
import { type RunResult, run, tryRun } from '../../lab/run.ts';
import type { Scope } from '../../lab/scope.ts';
import { aNetworkSpec } from '../../support/network-builders.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('ip', 'nsenter', 'sysctl', 'unshare', 'setpriv');
const script = join(import.meta.dirname, '../../../units/bootlet-network.init');

interface Host {
  boot(): Promise<RunResult>;
  /** A command in the host's network. */
  read(command: string, ...args: readonly string[]): Promise<string>;
  write(file: string, content: string): Promise<void>;
}

/** A host with the executable of bootlet's, and nothing written down for its boot. */
const newHost = async (t: Scope, executable = process.execPath): Promise<Host> => {
  const netns = await newNetns(t);
  const folder = await mkdtemp(join(tmpdir(), 'bl-boot-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'boot'));
  const inside = [`--net=/run/netns/${netns}`, '--'];
  const files = { BOOTLET_STATE: folder, BOOTLET_SYSCTL_FILE: join(folder, 'sysctl.conf') };
  const env = {
    ...process.env,
    ...files,
    BOOTLET_MODULES_FILE: join(folder, 'modules'),
    BOOTLET_EXECUTABLE: executable,
  };
  return {
    boot: () => tryRun('nsenter', [...inside, 'sh', script, 'start'], { env }),
    read: (command, ...args) => run('nsenter', [...inside, command, ...args]),
    write: (file, content) => writeFile(join(folder, file), content),
  };
};

const bridge = `link add name cbr0 address 0a:58:00:00:00:01 type bridge
link set dev cbr0 mtu 1400
address replace 10.22.3.1/24 dev cbr0
link set dev cbr0 up
`;

const cbr0 = /^2: cbr0: <[^>]*UP[^>]*> mtu 1400 [^]*link\/ether 0a:58:00:00:00:01 [^]*inet 10\.22\.3\.1\/24 /;

test('with nothing written down the boot changes nothing and says nothing', { skip }, async (t) => {
  const host = await newHost(t, '/nowhere/bootlet');
  t.strictSame(await host.boot(), { code: 0, stdout: '', stderr: '' });
  t.notMatch(await host.read('ip', 'link'), 'bridge');
});

test('the bridge and the kernel settings are made as they were written down', { skip }, async (t) => {
  const host = await newHost(t);
  await host.write('boot/bridge.batch', bridge);
  await host.write('sysctl.conf', 'net.ipv6.conf.unplugged.accept_ra = 2\nnet.ipv4.ip_forward = 1\n');
  t.strictSame(await host.boot(), { code: 0, stdout: '', stderr: '' });
  t.match(await host.read('ip', 'address', 'show', 'cbr0'), cbr0);
  t.equal(await host.read('cat', '/proc/sys/net/ipv4/ip_forward'), '1\n');
});

test('a bridge that is there keeps its ports and gets what it lacks', { skip }, async (t) => {
  const host = await newHost(t);
  await host.write('boot/bridge.batch', bridge);
  await host.boot();
  await host.read('ip', 'link', 'add', 'port', 'type', 'veth', 'peer', 'name', 'peer');
  await host.read('ip', 'link', 'set', 'port', 'master', 'cbr0');
  await host.read('ip', 'address', 'delete', '10.22.3.1/24', 'dev', 'cbr0');
  t.strictSame(await host.boot(), { code: 0, stdout: '', stderr: '' });
  t.match(await host.read('ip', 'address', 'show', 'cbr0'), cbr0);
  t.match(await host.read('ip', 'link', 'show', 'port'), 'master cbr0');
});

test('what cannot be made is told, and does not hold up the rest', { skip }, async (t) => {
  const host = await newHost(t);
  await host.read('sysctl', '-q', 'net.ipv6.conf.default.disable_ipv6=1');
  await host.write(
    'boot/bridge.batch',
    bridge.replace('address replace', 'address replace fd00:22::1/64 dev cbr0\n$&'),
  );
  await host.write('sysctl.conf', 'net.ipv4.ip_default_ttl = none\nnet.ipv4.ip_forward = 1\n');
  const { code, stderr } = await host.boot();
  t.equal(code, 1);
  t.match(stderr, /IPv6 is disabled[^]*bridge.batch:3/);
  t.match(stderr, /ip_default_ttl/);
  t.match(await host.read('ip', 'address', 'show', 'cbr0'), cbr0);
  t.equal(await host.read('cat', '/proc/sys/net/ipv4/ip_forward'), '1\n');
});

test('once the executable is gone, the bridge is still made, and it is told what remains and how to go on', {
  skip,
}, async (t) => {
  const host = await newHost(t, '/nowhere/bootlet');
  await host.write('boot/bridge.batch', bridge);
  await host.write('ledger.json', '{}');
  await host.write('modules', 'br_netfilter\n');
  const { code, stdout } = await host.boot();
  t.equal(code, 0);
  t.match(await host.read('ip', 'address', 'show', 'cbr0'), cbr0);
  t.match(stdout, /^bootlet's executable \/nowhere\/bootlet is gone/);
  t.match(
    stdout,
    /ledger\.json[^]*the bridge cbr0[^]*\/modules\n[^]*daemon\.json[^]*BOOTLET-\*[^]*install\.sh --uninstall/,
  );
  t.notMatch(stdout, 'sysctl.conf', 'only what is there');
  t.match(stdout, 'Docker does not start without that bridge');
  t.notMatch(stdout, 'network rm');
});

test("where pods are on a network beside Docker's own, it is told to remove that first", { skip }, async (t) => {
  const host = await newHost(t, '/nowhere/bootlet');
  await host.write('boot/bridge.batch', bridge);
  await host.write('ledger.json', '{"docker":{"docker network bootlet":null}}');
  const { code, stdout } = await host.boot();
  t.equal(code, 0);
  t.match(stdout, /By hand: docker network rm bootlet, take its keys/);
  t.notMatch(stdout, 'does not start without');
});

test('the bridge that a boot makes is the one that the daemon keeps', { skip }, async (t) => {
  const host = await newLabHost(t, { dualStack: true });
  const spec = aNetworkSpec({ ranges: [rangeOf(POD_CIDRS.ipv4), rangeOf(POD_CIDRS.ipv6)] });
  await mkdir(join(host.dir, 'boot'));
  await writeFile(join(host.dir, 'boot/bridge.batch'), batchOf(targetOf(spec)).join('\n'));
  const env = { ...host.env, BOOTLET_STATE: host.dir, BOOTLET_SYSCTL_FILE: '/nowhere' };
  t.strictSame(await host.tryRun('sh', [script, 'start'], { env }), { code: 0, stdout: '', stderr: '' });
  const sandboxesOn = async () => undefined;
  const options = {
    run: host.tools,
    sysctls: hostSysctlsOf(host),
    sandboxesOn,
    subnetsOn: async () => [],
    isDockers: false,
  };
  const left = await (await keptSetting(host, bridgeSetting(options))).plan(spec);
  t.same(left, []);
});

for (const backEnd of ['nft', 'legacy'])
  test(`the host's 127.0.0.1 is guarded before Docker starts, once, and as the daemon keeps it (${backEnd})`, {
    skip,
  }, async (t) => {
    const host = await newHost(t);
    await host.write('boot/loopback-guard.rules', `# iptables-${backEnd}-restore\n${guardPayload}`);
    t.strictSame(await host.boot(), { code: 0, stdout: '', stderr: '' });
    const rules = () => host.read(`iptables-${backEnd}`, '-t', 'mangle', '-S');
    const made = await rules();
    t.match(made, /-A PREROUTING -d 127\.0\.0\.0\/8 ! -i lo .*-j BOOTLET-LOOPBACK\n-A BOOTLET-LOOPBACK -j DROP\n/);
    t.strictSame(await host.boot(), { code: 0, stdout: '', stderr: '' });
    t.equal(await rules(), made);
  });

test('a guard that cannot be made fails the boot, and keeps nothing else from being made', { skip }, async (t) => {
  const host = await newHost(t);
  await host.write('boot/bridge.batch', bridge);
  await host.write('boot/loopback-guard.rules', `# iptables-gone-restore\n${guardPayload}`);
  const { code, stderr } = await host.boot();
  t.equal(code, 1);
  t.match(stderr, /iptables-gone-restore/);
  t.match(await host.read('ip', 'address', 'show', 'cbr0'), cbr0);
});
