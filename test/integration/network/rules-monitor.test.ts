import { type Test, test } from 'tap';
import { Iptables } from '../../../daemon/host/iptables/iptables.ts';
import { hostTools } from '../../../daemon/host/run-tool.ts';
import { rulesMonitor } from '../../../daemon/network/monitors/rules-monitor.ts';
import { startChild } from '../../lab/child.ts';
import { type Host, newHost } from '../../lab/network/host.ts';
import { until } from '../../lab/until.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('nsenter', 'unshare', 'setpriv', 'ip', 'nft', 'iptables-nft', 'sysctl');

/** What is heard of the rules of a host from now on. */
const listener = async (t: Test, host: Host, isOurs: (pid: number) => boolean) => {
  const { program, args, heard } = rulesMonitor({
    iptables: { wrote: isOurs },
    forwardChains: { forget: () => undefined },
  });
  const child = startChild([program, ...args], host);
  t.teardown(() => child.end('SIGKILL'));
  // It does not say when it listens.
  const mark = setInterval(
    () => void host.run('nft', 'add table ip bl-mark; delete table ip bl-mark').catch(() => 0),
    50,
  );
  await child.line(/table ip bl-mark/, 30_000);
  clearInterval(mark);
  let last = 0;
  /** All that was heard since the last call, up to a mark of its own. */
  return async () => {
    last += 1;
    const mine = `add table ip bl-last${last}`;
    await host.run('nft', mine);
    await until(() => child.output().includes(mine), { what: 'the mark' });
    const lines = child.output().filter((line) => !line.endsWith(' bl-mark'));
    // The line after a mark tells who set it.
    const from = lines.indexOf(`add table ip bl-last${last - 1}`) + 2;
    return lines.slice(from, lines.indexOf(mine)).flatMap((line) => heard?.(line) ?? []);
  };
};

test('changes that others make to rules are heard, with who made them', { skip }, async (t) => {
  const host = await newHost(t);
  await host.run('iptables-nft', '-t', 'nat', '-N', 'BOOTLET-X');
  const heard = await listener(t, host, () => false);
  await heard();
  const changes: readonly (readonly [by: RegExp, command: readonly string[]])[] = [
    [/^iptables-nft \(pid \d+\)$/, ['iptables-nft', '-t', 'nat', '-A', 'POSTROUTING', '-j', 'ACCEPT']],
    [/^iptables-nft /, ['iptables-nft', '-P', 'FORWARD', 'DROP']],
    [/^iptables-nft /, ['iptables-nft', '-t', 'nat', '-A', 'BOOTLET-X', '-j', 'ACCEPT']],
    [/^iptables-nft /, ['iptables-nft', '-t', 'nat', '-F']],
    [/^nft /, ['nft', 'add table inet filter']],
    [/^nft /, ['nft', 'add chain inet filter forward { type filter hook forward priority 0; policy drop; }']],
    [/^nft /, ['nft', 'add rule inet filter forward drop']],
    [/^nft /, ['nft', 'flush', 'ruleset']],
  ];
  for (const [by, [program = '', ...args]] of changes) {
    await host.run(program, ...args);
    t.match((await heard())[0]?.by, by, args.join(' '));
  }
});

test('what bootlet writes itself is not heard', { skip }, async (t) => {
  const host = await newHost(t);
  const run = hostTools(process.env);
  // Its process ids are those of nsenter, which becomes the program.
  const iptables = new Iptables((program, args, options) =>
    run('nsenter', [`--net=/run/netns/${host.netns}`, program, ...args], options),
  );
  const heard = await listener(t, host, (pid) => iptables.wrote(pid));
  await heard();
  const filter = await iptables.of('ipv4');
  await filter.restore('*nat\n:BOOTLET-X - [0:0]\n-A POSTROUTING -j BOOTLET-X\nCOMMIT\n');
  t.same(await heard(), []);
  await host.run('iptables-nft', '-t', 'nat', '-F', 'POSTROUTING');
  t.equal((await heard()).length, 1);
});
