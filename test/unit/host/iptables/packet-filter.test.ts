import { test } from 'tap';
import { PacketFilter } from '../../../../daemon/host/iptables/packet-filter.ts';
import type { RunTool, ToolResult } from '../../../../daemon/host/run-tool.ts';

const POSTROUTING = { table: 'nat', chain: 'POSTROUTING' } as const;
const OWN = { table: 'nat', chain: 'BOOTLET-X' } as const;
const FORWARD = { table: 'filter', chain: 'FORWARD' } as const;

const printed = (stdout: string): ToolResult => ({ exitCode: 0, stdout, stderr: '' });

/** A filter whose programs answer as told, and the lines by which they were called. */
const filterOf = (answer: (line: string, input: string) => ToolResult, backEnd: 'nft' | 'legacy' = 'nft') => {
  const calls: string[] = [];
  const run: RunTool = async (program, args, { input = '' } = {}) => {
    const line = [program, ...args].join(' ');
    calls.push(line);
    return answer(line, input);
  };
  const filter = new PacketFilter(run, 'ipv4', { backEnd, suffix: `-${backEnd}`, isRecent: true }, () => undefined);
  return { filter, calls };
};

test('chains that are asked for in one turn are read by one process, each in its own table', async (t) => {
  const { filter, calls } = filterOf((_, input) => {
    t.equal(input, '*nat\n-S POSTROUTING\n-S BOOTLET-X\nCOMMIT\n*filter\n-S FORWARD\nCOMMIT\n');
    return printed(
      '-P POSTROUTING ACCEPT\n-A POSTROUTING -j BOOTLET-X\n-N BOOTLET-X\n-A BOOTLET-X -j RETURN\n-P FORWARD DROP\n',
    );
  });
  t.same(await Promise.all([POSTROUTING, OWN, FORWARD].map((name) => filter.list(name))), [
    { policy: 'ACCEPT', rules: ['-j BOOTLET-X'] },
    { policy: undefined, rules: ['-j RETURN'] },
    { policy: 'DROP', rules: [] },
  ]);
  t.same(calls, ['iptables-nft-restore --noflush -w 5']);
});

test('the legacy one only tests what it is given, so that nothing is ever written', async (t) => {
  const { filter, calls } = filterOf(() => printed('-P POSTROUTING ACCEPT\n-P FORWARD ACCEPT\n'), 'legacy');
  await Promise.all([filter.list(POSTROUTING), filter.list(FORWARD)]);
  t.same(calls, ['iptables-legacy-restore --noflush -w 5 --test']);
});

test('where a chain is not there all are read one by one', async (t) => {
  const { filter, calls } = filterOf((line) => {
    if (line.endsWith('-S POSTROUTING')) return printed('-P POSTROUTING ACCEPT\n');
    return { exitCode: 1, stdout: '-P POSTROUTING ACCEPT\n', stderr: 'no such chain' };
  });
  t.same(await Promise.all([filter.list(POSTROUTING), filter.list(OWN)]), [{ policy: 'ACCEPT', rules: [] }, undefined]);
  t.equal(calls.length, 3);
});

test('a lock that is held on is told at once, and not waited for chain by chain', async (t) => {
  const { filter, calls } = filterOf(() => ({ exitCode: 4, stdout: '', stderr: 'held' }), 'legacy');
  const reads = [filter.list(POSTROUTING), filter.list(FORWARD)];
  for (const read of reads) await t.rejects(read, { code: 'E_HOST_COMMAND', hint: /xtables\.lock/ });
  t.equal(calls.length, 1);
});

test('what is printed of other chains than those asked for is not believed', async (t) => {
  const { filter } = filterOf((line) => printed(line.includes('-restore') ? '' : '-P X DROP\n'));
  t.same(await Promise.all([filter.list(FORWARD), filter.list(POSTROUTING)]), [
    { policy: undefined, rules: [] },
    { policy: undefined, rules: [] },
  ]);
});

test('one chain is read by itself', async (t) => {
  const { filter, calls } = filterOf(() => printed('-P FORWARD ACCEPT\n'));
  t.same(await filter.list(FORWARD), { policy: 'ACCEPT', rules: [] });
  t.same(calls, ['iptables-nft -w 5 -t filter -S FORWARD']);
});
