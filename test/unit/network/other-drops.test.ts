import { test } from 'tap';
import { BootletError } from '../../../daemon/errors.ts';
import type { RunTool } from '../../../daemon/host/run-tool.ts';
import { sharingLooks } from '../../../daemon/host/shared-looks.ts';
import { otherDrops } from '../../../daemon/network/other-drops.ts';
import { rangeOf } from '../../../daemon/network/plan-spec.ts';

const FIREWALL = { family: 'inet', table: 'firewall', chain: 'forward', policy: 'drop' };
const POD_NETWORK = {
  chains: [FIREWALL],
  range: rangeOf('10.22.3.0/24'),
  bridge: 'cbr0',
  unlisted: () => undefined,
};

/** What is told of one chain of a host. @param text of its table */
const told = async (chain = FIREWALL, text = '', cidr = '10.22.3.0/24'): Promise<readonly string[]> => {
  const run: RunTool = async () => ({ exitCode: 0, stdout: text, stderr: '' });
  const advice = await otherDrops(run, { ...POD_NETWORK, chains: [chain], range: rangeOf(cidr) });
  return advice.map((change) => change.advice);
};

test('a chain that drops what it does not know is told, with what to let through', async (t) => {
  t.match(await told(), [
    /^the chain inet firewall forward of nftables drops .*: accept 10\.22\.3\.0\/24 as source and as destination/,
  ]);
  t.match(await told({ ...FIREWALL, policy: 'accept' }, 'ct state established accept\n  counter drop'), [/drops/]);
  t.match(await told({ ...FIREWALL, policy: 'accept' }, '  reject with icmpx admin-prohibited'), [/drops/]);
});

test("of firewalld's it is told by which command", async (t) => {
  t.match(await told({ ...FIREWALL, table: 'firewalld' }), [
    /firewall-cmd --permanent --zone=trusted --add-source=10\.22\.3\.0\/24/,
  ]);
});

test('one that drops only some packets is nobody’s business', async (t) => {
  t.same(await told({ ...FIREWALL, policy: 'accept' }, '  tcp dport 23 drop'), []);
});

test('one whose table names the range or the bridge lets pods through', async (t) => {
  t.same(await told(FIREWALL, 'ip saddr 10.22.3.0/24 accept'), []);
  t.same(await told(FIREWALL, 'iifname "cbr0" accept'), []);
  t.equal((await told(FIREWALL, 'iifname "cbr01" accept')).length, 1, 'but no other');
});

test('only chains that see packets of the family count, and of those of iptables bootlet takes care itself', async (t) => {
  t.equal((await told({ ...FIREWALL, family: 'ip' })).length, 1);
  t.equal((await told({ ...FIREWALL, family: 'ip6' }, '', 'fd00:22:3::/64')).length, 1);
  t.same(await told({ ...FIREWALL, family: 'ip6' }), []);
  t.same(await told({ ...FIREWALL, family: 'bridge' }), []);
  t.same(await told({ ...FIREWALL, family: 'ip', table: 'filter' }), []);
  t.equal((await told({ ...FIREWALL, table: 'filter' })).length, 1, 'which inet is not');
});

/** The commands that are run for a chain of inet on a host with two families. @param chainText of that chain */
const commandsFor = async (chainText: string): Promise<readonly string[]> => {
  const commands: string[] = [];
  const run = sharingLooks(async (program, args) => {
    commands.push([program, ...args].join(' '));
    return { exitCode: 0, stdout: args.includes('chain') ? chainText : '', stderr: '' };
  });
  const ranges = ['10.22.3.0/24', 'fd00:22:3::/64'].map(rangeOf);
  await Promise.all(ranges.map((range) => otherDrops(run, { ...POD_NETWORK, range })));
  return commands;
};

const LIST_CHAIN = 'nft --stateless list chain inet firewall forward';

test('what sees both families is read once, and its whole table only where its own text does not settle it', async (t) => {
  t.same(await commandsFor('iifname "cbr0" accept'), [LIST_CHAIN]);
  t.same(await commandsFor('ct state established accept'), [LIST_CHAIN, 'nft --stateless list table inet firewall']);
});

test('a chain that is gone since is no advice and hides none of the others, and it is said that they are to be read again', async (t) => {
  const run: RunTool = async (_, args) =>
    args.includes('gone')
      ? { exitCode: 1, stdout: '', stderr: 'Error: No such file or directory' }
      : { exitCode: 0, stdout: '', stderr: '' };
  let unlisted = 0;
  const advice = await otherDrops(run, {
    ...POD_NETWORK,
    chains: [{ ...FIREWALL, chain: 'gone' }, FIREWALL],
    unlisted: () => {
      unlisted += 1;
    },
  });
  t.match(advice, [{ object: 'nft chain inet firewall forward' }]);
  t.equal(advice.length, 1);
  t.equal(unlisted, 1);
});

test('a look that is cut short is no answer', async (t) => {
  const run: RunTool = async () => {
    throw new BootletError('E_TIMEOUT', 'nft did not end within 30 s');
  };
  await t.rejects(otherDrops(run, POD_NETWORK), { code: 'E_TIMEOUT' });
});
