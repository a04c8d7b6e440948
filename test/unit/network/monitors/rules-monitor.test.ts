import { test } from 'tap';
import { rulesMonitor } from '../../../../daemon/network/monitors/rules-monitor.ts';

const OURS = 812;

const aMonitor = () => {
  const told = { forgotten: 0 };
  const forwardChains = {
    forget: () => {
      told.forgotten += 1;
    },
  };
  return { told, ...rulesMonitor({ iptables: { wrote: (pid) => pid === OURS }, forwardChains }) };
};

/** What is heard of a transaction, by lines as nft prints them. */
const heardOf = (...transactions: readonly (readonly string[])[]) => {
  const { heard } = aMonitor();
  return transactions.map((lines) => lines.flatMap((line) => heard?.(line) ?? []));
};

const generation = (pid: number): string => `# new generation 6 by process ${pid} (iptables-nft)`;

test('a rule of another in a built-in chain is told once, with who made it', (t) => {
  const rule = 'add rule ip nat POSTROUTING ip saddr 10.9.9.9 counter packets 0 bytes 0 accept';
  t.same(heardOf([rule, rule, generation(7)]), [[{ by: 'iptables-nft (pid 7)' }]]);
  t.end();
});

test('what is done to chains of bootlet is told', (t) => {
  t.same(heardOf(['delete rule ip6 nat BOOTLET-MASQUERADE handle 4', generation(7)])[0]?.length, 1);
  t.same(heardOf(['delete chain ip nat BOOTLET-MASQUERADE', generation(7)])[0]?.length, 1);
  t.end();
});

test('what bootlet wrote itself is no news, and does not hide what another writes next', (t) => {
  const rule = 'add rule ip nat POSTROUTING counter packets 0 bytes 0 jump BOOTLET-MASQUERADE';
  t.same(heardOf([rule, generation(OURS)], [rule, generation(7)]), [[], [{ by: 'iptables-nft (pid 7)' }]]);
  t.end();
});

test('what another does in chains of its own is no news', (t) => {
  const lines = ['add chain ip nat KUBE-SVC-X', 'add rule ip nat KUBE-SVC-X counter packets 0 bytes 0 return'];
  t.same(heardOf([...lines, generation(7)], ['add element inet f2b set { 192.0.2.1 }', generation(7)]), [[], []]);
  t.end();
});

test('chains in tables that are not those of iptables are told of', (t) => {
  const chain =
    'add chain inet firewalld filter_FORWARD { type filter hook forward priority filter + 10; policy drop; }';
  t.same(heardOf([chain, generation(7)])[0]?.length, 1);
  t.same(heardOf(['add rule inet firewalld filter_FORWARD drop', generation(7)])[0]?.length, 1);
  t.end();
});

test('a table of both families is none of iptables, whatever its name: the stock configuration of Debian has inet filter', (t) => {
  for (const line of [
    'add chain inet filter forward { type filter hook forward priority filter; policy drop; }',
    'delete chain inet filter forward',
    'add rule inet filter forward drop',
  ]) {
    t.same(heardOf([line, generation(7)])[0]?.length, 1, line);
  }
  t.same(heardOf(['add rule ip6 filter KUBE-FORWARD drop', generation(7)]), [[]], 'of one family it is');
  t.end();
});

test('a kernel that does not say who did it is heard all the same', (t) => {
  t.same(heardOf(['delete table ip nat', '# new generation 9']), [[{ by: undefined }]]);
  t.end();
});

test('chains that are known are forgotten with what another did, and with nothing else', (t) => {
  const { heard, told } = aMonitor();
  const chain = 'add chain inet fw forward { type filter hook forward priority 0; policy drop; }';
  for (const line of [chain, generation(OURS), 'add rule ip nat KUBE-SVC accept', generation(7)]) heard?.(line);
  t.equal(told.forgotten, 0);
  for (const line of [chain, generation(7)]) heard?.(line);
  t.equal(told.forgotten, 1);
  t.end();
});

test('chains that are known are forgotten once it listens: what was changed before was not heard', (t) => {
  const { up, told } = aMonitor();
  up?.();
  t.equal(told.forgotten, 1);
  t.end();
});
