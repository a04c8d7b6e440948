import { type Test, test } from 'tap';
import { Iptables } from '../../../daemon/host/iptables/iptables.ts';
import { readForwardChains } from '../../../daemon/host/nft/forward-chains.ts';
import { forwardSetting } from '../../../daemon/network/forward.ts';
import { masqueradeSetting } from '../../../daemon/network/masquerade.ts';
import { rangeOf } from '../../../daemon/network/plan-spec.ts';
import { type Host, newHost, POD_CIDRS } from '../../lab/network/host.ts';
import { keptSetting } from '../../lab/network/kept-setting.ts';
import { until } from '../../lab/until.ts';
import { FOREIGN_RULES } from '../../support/foreign-rules.ts';
import { dumpHost } from '../../support/host-dump.ts';
import { aNetworkSpec } from '../../support/network-builders.ts';
import { missing } from '../../support/requires.ts';

const skip = missing(
  'nsenter',
  'unshare',
  'setpriv',
  'ip',
  'nft',
  'iptables-legacy',
  'iptables-nft',
  'sysctl',
  'flock',
);

const SPEC = aNetworkSpec({ ranges: [rangeOf(POD_CIDRS.ipv4), rangeOf(POD_CIDRS.ipv6)] });

const aHost = async (t: Test, backEnd: 'nft' | 'legacy') => {
  const host = await newHost(t, { dualStack: true, backEnd });
  const iptables = new Iptables(host.tools);
  const masquerade = await keptSetting(host, masqueradeSetting(iptables));
  const forward = await keptSetting(
    host,
    forwardSetting(iptables, host.tools, { read: () => readForwardChains(host.tools), forget: () => undefined }),
  );
  const tool = (family: 'ipv4' | 'ipv6'): string => `${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backEnd}`;
  return { host, iptables, masquerade, forward, tool };
};

/** A chain as the tool lists it. */
const listed = async (host: Host, tool: string, table: string, chain: string): Promise<readonly string[]> =>
  (await host.run(tool, '-w', '-t', table, '-S', chain)).trim().split('\n');

/** Every rule of the host, of both back ends and families, without counters. */
const rulesOf = async (host: Host) => {
  const { nft, legacy, legacy6 } = await dumpHost(host);
  return { nft, legacy, legacy6 };
};

for (const backEnd of ['nft', 'legacy'] as const) {
  test(`${backEnd}: what pods send outside is masqueraded in both families, and nothing is left to do then`, {
    skip,
  }, async (t) => {
    const { host, iptables, masquerade, tool } = await aHost(t, backEnd);
    t.equal((await masquerade.keep(SPEC)).length, 2);
    t.same(await masquerade.plan(SPEC), []);
    t.equal(iptables.tellsOfChanges, backEnd === 'nft');
    t.same(await listed(host, tool('ipv4'), 'nat', 'BOOTLET-MASQUERADE'), [
      '-N BOOTLET-MASQUERADE',
      '-A BOOTLET-MASQUERADE -d 169.254.0.0/16 -m comment --comment "bootlet: stays on its link" -j RETURN',
      '-A BOOTLET-MASQUERADE -d 224.0.0.0/4 -m comment --comment "bootlet: stays on its link" -j RETURN',
      '-A BOOTLET-MASQUERADE -d 255.255.255.255/32 -m comment --comment "bootlet: stays on its link" -j RETURN',
      '-A BOOTLET-MASQUERADE -d 10.0.0.0/8 -m comment --comment "bootlet: pods keep their address" -j RETURN',
      '-A BOOTLET-MASQUERADE -m comment --comment "bootlet: pods get the address of the host" -j MASQUERADE --random-fully',
    ]);
    t.match(await listed(host, tool('ipv6'), 'nat', 'POSTROUTING'), [
      '-P POSTROUTING ACCEPT',
      /^-A POSTROUTING -s fd00:22:3::\/64 .*! --dst-type LOCAL -j BOOTLET-MASQUERADE$/,
    ]);
  });

  const damages: readonly (readonly [what: string, args: readonly string[]])[] = [
    ['a flushed chain', ['-F', 'BOOTLET-MASQUERADE']],
    ['a deleted rule', ['-D', 'BOOTLET-MASQUERADE', '4']],
    ['a rule put in between', ['-I', 'BOOTLET-MASQUERADE', '-j', 'RETURN']],
    ['a deleted jump', ['-D', 'POSTROUTING', '1']],
    ['a flushed table', ['-F']],
    ['a doubled jump', ['-A', 'POSTROUTING', '-j', 'BOOTLET-MASQUERADE']],
  ];
  test(`${backEnd}: rules are as before after whatever was done to them`, { skip }, async (t) => {
    const { host, masquerade, tool } = await aHost(t, backEnd);
    await masquerade.keep(SPEC);
    const before = await rulesOf(host);
    for (const [what, args] of damages) {
      await host.run(tool('ipv4'), '-w', '-t', 'nat', ...args);
      t.equal((await masquerade.keep(SPEC)).length, 1, what);
      t.same(await rulesOf(host), before, what);
    }
  });

  test(`${backEnd}: rules of others survive byte for byte, while bootlet's come, are mended and go`, {
    skip,
  }, async (t) => {
    const { host, masquerade, forward, tool } = await aHost(t, backEnd);
    await host.tryRun(`${tool('ipv4')}-restore`, ['-w'], { input: FOREIGN_RULES });
    const before = await rulesOf(host);
    await masquerade.keep(SPEC);
    await forward.keep(SPEC);
    await host.run(tool('ipv4'), '-w', '-t', 'nat', '-F', 'BOOTLET-MASQUERADE');
    await masquerade.keep(SPEC);
    const there = await rulesOf(host);
    t.not(backEnd === 'nft' ? there.nft : there.legacy, backEnd === 'nft' ? before.nft : before.legacy);
    const foreign = (text: string): string => text.replace(/^.*BOOTLET-.*\n/gm, '');
    t.equal(foreign(there.legacy), before.legacy);
    await forward.keep(undefined);
    await masquerade.keep(undefined);
    t.same(await rulesOf(host), before);
    t.ok(masquerade.ledger.isEmpty && forward.ledger.isEmpty);
  });

  test(`${backEnd}: pods are let through where the policy drops, and no longer where it accepts`, {
    skip,
  }, async (t) => {
    const { host, forward, tool } = await aHost(t, backEnd);
    t.same(await forward.plan(SPEC), [], 'nothing is dropped');
    await host.run(tool('ipv4'), '-w', '-P', 'FORWARD', 'DROP');
    t.equal((await forward.keep(SPEC)).length, 1);
    t.match(await listed(host, tool('ipv4'), 'filter', 'FORWARD'), ['-P FORWARD DROP', /-j BOOTLET-FORWARD$/]);
    t.match(await listed(host, tool('ipv4'), 'filter', 'BOOTLET-FORWARD'), [
      '-N BOOTLET-FORWARD',
      /-s 10\.22\.3\.0\/24 .*-j ACCEPT$/,
      /-d 10\.22\.3\.0\/24 .*-j ACCEPT$/,
    ]);
    await host.run(tool('ipv4'), '-w', '-P', 'FORWARD', 'ACCEPT');
    await forward.keep(SPEC);
    t.same(await listed(host, tool('ipv4'), 'filter', 'FORWARD'), ['-P FORWARD ACCEPT']);
  });

  test(`${backEnd}: pods are let through before what rejects everything, and after what others decide first`, {
    skip,
  }, async (t) => {
    const { host, forward, tool } = await aHost(t, backEnd);
    await host.tryRun(`${tool('ipv4')}-restore`, ['-w'], { input: FOREIGN_RULES });
    await forward.keep(SPEC);
    const rules = await listed(host, tool('ipv4'), 'filter', 'FORWARD');
    const place = (target: string): number => rules.findIndex((rule) => rule.includes(`-j ${target}`));
    t.equal(place('FORWARD_IN_ZONES'), place('BOOTLET-FORWARD') + 1);
    t.ok(place('DOCKER-USER') < place('BOOTLET-FORWARD'));
    await host.run(tool('ipv4'), '-w', '-I', 'FORWARD', '-j', 'REJECT');
    await forward.keep(SPEC);
    t.match((await listed(host, tool('ipv4'), 'filter', 'FORWARD'))[1], 'BOOTLET-FORWARD');
  });

  test(`${backEnd}: the masquerade goes where it is switched off, or the range is another`, { skip }, async (t) => {
    const { host, masquerade, tool } = await aHost(t, backEnd);
    const before = await rulesOf(host);
    await masquerade.keep(SPEC);
    await masquerade.keep(aNetworkSpec({ ranges: [rangeOf('10.9.0.0/24')] }));
    t.match((await listed(host, tool('ipv4'), 'nat', 'POSTROUTING')).slice(1), [/-s 10\.9\.0\.0\/24/]);
    t.same(await listed(host, tool('ipv6'), 'nat', 'POSTROUTING'), ['-P POSTROUTING ACCEPT'], 'no range, no rule');
    const earlier = [rangeOf('172.30.0.0/24')];
    await masquerade.keep({ ...SPEC, earlier });
    t.equal((await listed(host, tool('ipv4'), 'nat', 'POSTROUTING')).length, 3, 'both while both are in use');
    await masquerade.keep({ ...SPEC, masquerade: undefined });
    t.same(await rulesOf(host), before);
  });

  test(`${backEnd}: a rule of an older tool is told with the command that removes it, and left`, {
    skip,
  }, async (t) => {
    const { host, masquerade, tool } = await aHost(t, backEnd);
    const rule = '! -d 10.0.0.0/8 -m comment --comment "kubenet: SNAT" -m addrtype ! --dst-type LOCAL -j MASQUERADE';
    await host.tryRun(`${tool('ipv4')}-restore`, ['-w', '--noflush'], {
      input: `*nat\n-A POSTROUTING ${rule}\nCOMMIT\n`,
    });
    await masquerade.keep(SPEC);
    const [advice, ...more] = await masquerade.plan(SPEC);
    t.match(advice, { advice: /by kubenet too.*-D POSTROUTING ! -d 10\.0\.0\.0\/8/, before: `-A POSTROUTING ${rule}` });
    t.same(more, []);
    t.match((await listed(host, tool('ipv4'), 'nat', 'POSTROUTING'))[1], 'kubenet');
  });
}

test('nft: rules are back after the whole ruleset was flushed', { skip }, async (t) => {
  const { host, masquerade } = await aHost(t, 'nft');
  await masquerade.keep(SPEC);
  const before = await rulesOf(host);
  await host.run('nft', 'flush', 'ruleset');
  await masquerade.keep(SPEC);
  t.same(await rulesOf(host), before);
});

test('a chain of nftables that drops what is forwarded is told, as nothing of iptables can override it', {
  skip,
}, async (t) => {
  const { host, forward } = await aHost(t, 'nft');
  const chain = 'chain inet firewalld filter_FORWARD { type filter hook forward priority 10; policy accept; }';
  await host.run('nft', 'add', 'table', 'inet', 'firewalld');
  await host.run('nft', 'add', chain);
  t.same(await forward.plan(SPEC), []);
  await host.run(
    'nft',
    'add',
    'rule',
    'inet',
    'firewalld',
    'filter_FORWARD',
    'reject',
    'with',
    'icmpx',
    'admin-prohibited',
  );
  const [ipv4, ipv6] = await forward.plan(SPEC);
  t.match(ipv4?.advice, /firewall-cmd --permanent --zone=trusted --add-source=10\.22\.3\.0\/24/);
  t.match(ipv6?.advice, /--add-source=fd00:22:3::\/64/);
  await host.run('nft', 'insert', 'rule', 'inet', 'firewalld', 'filter_FORWARD', 'iifname', 'cbr0', 'accept');
  t.same(await forward.plan(SPEC), []);
});

const LOCK = '/run/xtables.lock';

/** Resolves once somebody else has it. */
const holdLock = async (host: Host, seconds: number) => {
  const over = host.tryRun('flock', [LOCK, 'sleep', String(seconds)]);
  const isHeld = async () => (await host.tryRun('flock', ['--nonblock', LOCK, 'true'])).code !== 0;
  await until(isHeld, { what: 'the lock is held' });
  return { over };
};

test('legacy: a lock that another holds is waited for, and told when it is held on', { skip }, async (t) => {
  const { host, masquerade } = await aHost(t, 'legacy');
  const held = await holdLock(host, 2);
  await masquerade.keep(SPEC);
  await held.over;
  const long = await holdLock(host, 7);
  await t.rejects(masquerade.plan(SPEC), { code: 'E_HOST_COMMAND', hint: /xtables\.lock/ });
  await long.over;
  t.same(await masquerade.plan(SPEC), []);
});

test('rules in a back end that is no longer in use go, and come in the other', { skip }, async (t) => {
  const { host, masquerade } = await aHost(t, 'nft');
  await masquerade.keep(SPEC);
  await host.run('iptables-legacy', '-t', 'mangle', '-N', 'KUBE-IPTABLES-HINT');
  const setting = masqueradeSetting(new Iptables(host.tools));
  const changes = await setting.plan(SPEC, masquerade.ledger.of('masquerade'));
  t.same(
    changes.map(({ change }) => change.object),
    ['iptables-legacy', 'ip6tables-legacy', 'iptables-nft', 'ip6tables-nft'].map(
      (tool) => `${tool} rules of masquerade`,
    ),
  );
  for (const { apply } of changes) await apply();
  t.same(await listed(host, 'iptables-nft', 'nat', 'POSTROUTING'), ['-P POSTROUTING ACCEPT']);
  t.equal((await listed(host, 'iptables-legacy', 'nat', 'POSTROUTING')).length, 2);
});

test('a look that finds nothing to do starts one process for all chains of a family, whoever asks for them', {
  skip,
}, async (t) => {
  const host = await newHost(t, { dualStack: true });
  const started: string[] = [];
  const iptables = new Iptables((program, args, options) => {
    started.push([program, ...args].join(' '));
    return host.tools(program, args, options);
  });
  const settings = [
    masqueradeSetting(iptables),
    forwardSetting(iptables, host.tools, { read: () => readForwardChains(host.tools), forget: () => undefined }),
  ];
  const kept = await Promise.all(settings.map((setting) => keptSetting(host, setting)));
  for (const setting of kept) await setting.keep(SPEC);
  started.length = 0;
  await Promise.all([...kept, ...kept].map((setting) => setting.plan(SPEC)));
  t.same(started.toSorted(), ['ip6tables-nft-restore --noflush -w 5', 'iptables-nft-restore --noflush -w 5']);
});

test('a look at a host without rules makes none: no table, no chain', { skip }, async (t) => {
  const { host, masquerade, forward } = await aHost(t, 'nft');
  t.equal((await Promise.all([masquerade.plan(SPEC), forward.plan(SPEC)])).flat().length, 2);
  t.equal(await host.run('nft', 'list', 'ruleset'), '');
});
