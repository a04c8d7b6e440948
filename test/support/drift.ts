import type { Host } from '../lab/network/host.ts';
import { until } from '../lab/until.ts';

/** One way in which somebody else may change what bootlet keeps. */
export interface Drift {
  readonly what: 'links' | 'addresses' | 'routes' | 'rules' | 'sysctls';
  damage(host: Host): Promise<unknown>;
  /** What the damage changes, as text that is the same once it is repaired. */
  look(host: Host): Promise<string>;
}

const BRIDGE = 'cbr0';

const bridge: Drift['look'] = async (host) => {
  const { code, stdout } = await host.tryRun('ip', ['-details', 'address', 'show', 'dev', BRIDGE]);
  if (code !== 0) return 'gone';
  // Docker and the kernel give it link-local addresses of their own, which are nobody's drift.
  const kept = /^ +link\/ether \S+|\bmtu \d+|[<,]UP[,>]|\bnf_call_ip6?tables \d|inet6? \S+(?=.* scope global)/gm;
  return (stdout.match(kept) ?? []).join('\n');
};

/** Rules of bootlet's and the jumps to them, in one chain. */
const rulesIn =
  (table: string, chain: string): Drift['look'] =>
  async (host) => {
    const { stdout } = await host.tryRun('iptables', ['-t', table, '-S', chain]);
    return stdout
      .split('\n')
      .filter((line) => line.includes('BOOTLET'))
      .join('\n');
  };

const withoutJump =
  (table: string, chain: string): Drift['damage'] =>
  async (host) => {
    const listed = await host.run('iptables', '-t', table, '-S', chain);
    const rules = listed.split('\n').filter((line) => line.startsWith('-A '));
    const number = rules.findIndex((rule) => rule.includes('BOOTLET')) + 1;
    if (number === 0) throw new Error(`nothing of bootlet's is in ${table} ${chain}`);
    await host.run('iptables', '-t', table, '-D', chain, String(number));
  };

const sysctl =
  (name: string, value: string) =>
  (host: Host): Promise<string> =>
    host.run('sysctl', '-w', `${name}=${value}`);

/** By name. Those on the bridge take a repair of every setting that hangs on it. */
export const drifts = {
  'link down': {
    what: 'links',
    damage: (host) => host.run('ip', 'link', 'set', BRIDGE, 'down'),
    look: bridge,
  },
  'link deleted': { what: 'links', damage: (host) => host.run('ip', 'link', 'delete', BRIDGE), look: bridge },
  'MTU changed': {
    what: 'links',
    damage: (host) => host.run('ip', 'link', 'set', BRIDGE, 'mtu', '1300'),
    look: bridge,
  },
  'address deleted': {
    what: 'addresses',
    damage: (host) => host.run('ip', '-4', 'address', 'flush', 'dev', BRIDGE),
    look: bridge,
  },
  'IPv6 address deleted': {
    what: 'addresses',
    damage: (host) => host.run('ip', '-6', 'address', 'flush', 'dev', BRIDGE, 'scope', 'global'),
    look: bridge,
  },
  'route deleted': {
    what: 'routes',
    damage: (host) => host.run('ip', 'route', 'flush', 'dev', BRIDGE),
    look: (host) => host.run('ip', 'route', 'show', 'dev', BRIDGE),
  },
  'masquerade jump deleted': {
    what: 'rules',
    damage: withoutJump('nat', 'POSTROUTING'),
    look: rulesIn('nat', 'POSTROUTING'),
  },
  'forward jump deleted': {
    what: 'rules',
    damage: withoutJump('filter', 'FORWARD'),
    look: rulesIn('filter', 'FORWARD'),
  },
  'forwarding off': {
    what: 'sysctls',
    damage: sysctl('net.ipv4.ip_forward', '0'),
    look: (host) => host.run('cat', '/proc/sys/net/ipv4/ip_forward'),
  },
} as const satisfies Readonly<Record<string, Drift>>;

export type DriftName = keyof typeof drifts;

/** Does the damage and waits until it is repaired. Resolves with the time from the end of the one to the end of the other, ms. */
export const repairOf = async (host: Host, name: DriftName): Promise<number> => {
  const { damage, look } = drifts[name];
  const before = await look(host);
  await damage(host);
  const from = performance.now();
  await until(async () => (await look(host)) === before, { what: `a repair of: ${name}`, every: 5, within: 60_000 });
  return performance.now() - from;
};
