import { existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'tap';
import { hostSysctls } from '../../../../daemon/host/sysctls.ts';
import { carryOut } from '../../../../daemon/network/carry-out.ts';
import { kernelSetting } from '../../../../daemon/network/kernel/kernel.ts';
import { rangeOf } from '../../../../daemon/network/plan-spec.ts';
import { aNetworkSpec } from '../../../support/network-builders.ts';
import { bare, newHost, objects } from './kernel-host.ts';

const ipv4 = aNetworkSpec();
const dual = aNetworkSpec({ ranges: [rangeOf('10.22.3.0/24'), rangeOf('fd00:22::/64')] });

test('forwarding and the values of the kubelet are set, and written where they hold after a reboot', async (t) => {
  const { pass, sysctl, sysctlFile } = await newHost(t);
  await pass(ipv4);
  t.equal(sysctl('net/ipv4/ip_forward'), '1');
  t.equal(sysctl('vm/overcommit_memory'), '1');
  t.equal(sysctl('kernel/panic'), '10');
  t.equal(sysctl('kernel/panic_on_oops'), '1');
  t.equal(sysctl('kernel/keys/root_maxkeys'), '1000000');
  t.equal(sysctl('kernel/keys/root_maxbytes'), '25000000');
  t.equal(sysctl('net/ipv6/conf/all/forwarding'), '0', 'without a range of IPv6');
  t.match(readFileSync(sysctlFile, 'utf8'), /^net\.ipv4\.ip_forward = 1\nvm\.overcommit_memory = 1$/m);
  t.equal(statSync(sysctlFile).mode & 0o777, 0o644);
  t.same(await pass(ipv4), [], 'a second look finds nothing to do');
});

test('beside a kubelet its values are left to it', async (t) => {
  const { pass, sysctl } = await newHost(t, { isStandalone: false });
  await pass(ipv4);
  t.equal(sysctl('kernel/panic'), '0');
});

test('a way out that was told by itself not to forward is made to, and given back', async (t) => {
  const { pass, sysctl, dump, put } = await newHost(t, {
    sysctls: { 'net/ipv4/ip_forward': '1', 'net/ipv4/conf/eth0/forwarding': '0' },
  });
  const before = dump();
  await pass(ipv4);
  t.equal(sysctl('net/ipv4/conf/eth0/forwarding'), '1');
  put('proc/net/route', 'Iface\tDestination\n');
  t.same(await pass(ipv4), [], 'also while it is away');
  put('proc/net/route', before['proc/net/route'] ?? '');
  await pass(undefined);
  t.same(dump(), before);
});

test('a configured sysctl wins, is given back once it is configured no more, and may have several values', async (t) => {
  const { pass, sysctl, sysctlFile } = await newHost(t);
  const configured = {
    'kernel.panic': '60',
    'net.core.somaxconn': '4096',
    'net.ipv4.tcp_rmem': '4096  131072 6291456',
  };
  await pass(ipv4, configured);
  t.equal(sysctl('kernel/panic'), '60');
  t.equal(sysctl('net/core/somaxconn'), '4096');
  t.equal(sysctl('net/ipv4/tcp_rmem'), bare['net/ipv4/tcp_rmem'], 'it had these values');
  t.match(readFileSync(sysctlFile, 'utf8'), /^net\.ipv4\.tcp_rmem = 4096 131072 6291456$/m);
  await pass(ipv4, {});
  t.equal(sysctl('kernel/panic'), '10');
  t.equal(sysctl('net/core/somaxconn'), '128');
  t.notMatch(readFileSync(sysctlFile, 'utf8'), /somaxconn/);
});

test('a sysctl that the kernel does not have is refused before anything is touched', async (t) => {
  const { plan, dump } = await newHost(t);
  const before = dump();
  await t.rejects(plan(ipv4, { 'net.core.nonsense': '1' }), {
    code: 'E_NETWORK_REFUSED',
    message: 'this kernel has no sysctl net.core.nonsense',
    hint: /network\.sysctls/,
  });
  t.same(dump(), before);
});

test('values of the kubelet that this kernel does not have are passed over', async (t) => {
  const { pass, root, sysctlFile } = await newHost(t);
  rmSync(join(root, 'proc/sys/kernel/keys'), { recursive: true });
  await pass(ipv4);
  t.same(await pass(ipv4), []);
  t.notMatch(readFileSync(sysctlFile, 'utf8'), /keys/);
});

test('a module that is missing is loaded, now and at the next boot, and does nothing to other bridges', async (t) => {
  const { pass, sysctl, calls, modulesFile, sysctlFile } = await newHost(t, { module: 'loadable' });
  const changes = await pass(ipv4);
  t.equal(changes[0]?.object, 'module br_netfilter');
  t.same(calls, ['modprobe --dry-run --quiet br_netfilter', 'modprobe br_netfilter']);
  t.equal(sysctl('net/bridge/bridge-nf-call-iptables'), '0');
  t.match(readFileSync(modulesFile, 'utf8'), /^br_netfilter$/m);
  t.match(readFileSync(sysctlFile, 'utf8'), /^net\.bridge\.bridge-nf-call-iptables = 0$/m);
  t.same(await pass(ipv4), []);
});

test('who has bridges call iptables after the module was loaded is not fought, unless that was configured', async (t) => {
  const { pass, put, sysctl, dump } = await newHost(t, { module: 'loadable' });
  const before = dump();
  await pass(ipv4);
  const kubeProxy = () => put('proc/sys/net/bridge/bridge-nf-call-iptables', '1\n');
  kubeProxy();
  t.same(await pass(ipv4), []);
  t.equal(sysctl('net/bridge/bridge-nf-call-iptables'), '1');
  await pass(ipv4, { 'net.bridge.bridge-nf-call-iptables': '0' });
  t.equal(sysctl('net/bridge/bridge-nf-call-iptables'), '0');
  kubeProxy();
  await pass(undefined);
  t.same(dump(), before);
});

test('a module that was there is left as it is; one that is built in needs no file', async (t) => {
  const loaded = await newHost(t, { module: 'loaded' });
  await loaded.pass(ipv4);
  t.equal(loaded.sysctl('net/bridge/bridge-nf-call-iptables'), '1');
  t.ok(existsSync(loaded.modulesFile));
  const builtIn = await newHost(t);
  await builtIn.pass(ipv4);
  t.notOk(existsSync(builtIn.modulesFile));
  t.same([...loaded.calls, ...builtIn.calls], [], 'no process is started');
});

test('a kernel without the module is refused before anything is touched', async (t) => {
  const { plan, dump } = await newHost(t, { module: 'none' });
  const before = dump();
  await t.rejects(plan(ipv4), {
    code: 'E_NETWORK_REFUSED',
    message: /this kernel has no br_netfilter/,
    hint: /modules/,
  });
  t.same(dump(), before);
});

test('a reset gives everything back, with a file that was there and a folder that was not', async (t) => {
  const { pass, put, dump, ledger } = await newHost(t, { module: 'loadable' });
  put('etc/sysctl.d/90-bootlet.conf', 'net.ipv4.ip_forward=0 # mine, \u00e9\n');
  const before = dump();
  await pass(dual, { 'net.core.somaxconn': '4096' });
  t.not(dump(), before);
  await pass(undefined);
  t.same(dump(), before);
  t.ok(ledger.isEmpty);
});

test('a file under an earlier name is given back when the configuration names another', async (t) => {
  const { root, ledger, pass, sysctlFile } = await newHost(t);
  await pass(ipv4);
  const elsewhere = join(root, 'etc/sysctl.d/50-pods.conf');
  const moved = kernelSetting({
    run: async () => ({ exitCode: 1, stdout: '', stderr: '' }),
    sysctls: hostSysctls(join(root, 'proc/sys')),
    root,
    isStandalone: true,
    configured: {},
    sysctlFile: elsewhere,
    modulesFile: join(root, 'etc/modules'),
  });
  await carryOut(moved, await moved.plan(ipv4, ledger.of('kernel')), { ledger });
  t.notOk(existsSync(sysctlFile));
  t.ok(existsSync(elsewhere));
});

test('what is no regular file is refused', async (t) => {
  const { plan, sysctlFile } = await newHost(t);
  symlinkSync('/dev/null', sysctlFile);
  await t.rejects(plan(ipv4), {
    code: 'E_NETWORK_REFUSED',
    message: /^\/dev\/null is not a regular file .*90-bootlet\.conf/,
  });
});

test('drift of a sysctl and of a file is one change each', async (t) => {
  const { pass, put, sysctl, sysctlFile } = await newHost(t);
  await pass(ipv4);
  put('proc/sys/net/ipv4/ip_forward', '0\n');
  writeFileSync(sysctlFile, 'x');
  t.same(objects(await pass(ipv4)), ['sysctl net.ipv4.ip_forward', sysctlFile]);
  t.equal(sysctl('net/ipv4/ip_forward'), '1');
});

test('limits that are too low, and sources that are checked strictly on one of several ways out, are advised on and not set', async (t) => {
  const { pass, put, sysctl } = await newHost(t, {
    sysctls: {
      'net/netfilter/nf_conntrack_max': '65536',
      'net/ipv4/conf/all/rp_filter': '0',
      'net/ipv4/conf/eth0/rp_filter': '1',
      'net/ipv4/conf/eth1/rp_filter': '2',
    },
  });
  const way = (device: string) => `${device}\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\n`;
  put('proc/net/route', way('eth0') + way('eth1'));
  const advice = (await pass(ipv4)).flatMap((change) => change.advice ?? []);
  t.match(advice, [
    /^net\.netfilter\.nf_conntrack_max is 65536: /,
    /^net\.ipv4\.conf\.eth0\.rp_filter is 1: .*; 2 would do$/,
  ]);
  t.equal(sysctl('net/netfilter/nf_conntrack_max'), '65536');
  put('proc/net/route', way('eth0'));
  t.equal((await pass(ipv4)).length, 1, 'with one way out strict checks do no harm');
});

test('cut off between any two steps, a later pass comes to the same end, and a reset to the same beginning', async (t) => {
  let isDone = false;
  for (let cut = 0; !isDone; cut++) {
    const { pass, dump } = await newHost(t, { module: 'loadable', isStandalone: false });
    const before = dump();
    let steps = 0;
    const atStep = (): void => {
      if (steps++ === cut) throw new Error('cut');
    };
    isDone = await pass(dual, {}, atStep).then(
      () => true,
      () => false,
    );
    await pass(dual);
    t.same(objects(await pass(dual)), [], `cut before step ${cut}`);
    let resetSteps = 0;
    await pass(undefined, {}, () => {
      if (resetSteps++ === cut) throw new Error('cut');
    }).catch(() => undefined);
    await pass(undefined);
    t.same(dump(), before, `cut before step ${cut}`);
  }
});

test('whatever the values were, a reset gives them back', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(
        fc.constantFrom(...Object.keys(bare).filter((path) => !path.endsWith('/eth0/forwarding'))),
        fc.nat(3).map(String),
      ),
      fc.dictionary(fc.constantFrom('net.core.somaxconn', 'kernel.panic', 'vm/panic_on_oom'), fc.nat(3).map(String)),
      async (sysctls, configured) => {
        const { pass, dump, ledger } = await newHost(t, { sysctls });
        const before = dump();
        await pass(dual, configured);
        const left = await pass(dual, configured);
        await pass(undefined);
        t.same([left.length, ledger.isEmpty, dump()], [0, true, before]);
      },
    ),
    { numRuns: 20 },
  );
});
