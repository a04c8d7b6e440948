import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../lab/network/host.ts';

/**
 * What may differ between two dumps of one host although nothing was left behind. Every entry says why; whoever adds one
 * has to be sure that bootlet could not have put it back.
 */
const NORMALISATION: readonly {
  readonly because: string;
  readonly in: readonly Section[];
  readonly drop: RegExp;
  readonly keep?: string;
}[] = [
  {
    because: 'the kernel numbers interfaces as they are made',
    in: ['links', 'addresses'],
    drop: /^\d+: |@if\d+|@\S+(?=:)|link-netnsid \d+/gm,
  },
  {
    because: 'counters and times count on; a bridge announces itself when it likes',
    in: ['links', 'addresses'],
    drop: /\b(hello_timer|tcn_timer|topology_change_timer|gc_timer|message_age_timer|forward_delay_timer|hold_timer)\s+\S+|\b(valid|preferred)_lft \S+/g,
  },
  {
    because:
      'docker0 has another address, by chance, each time it is made: from dockerd, or, since 28, from the kernel',
    in: ['links', 'addresses'],
    drop: /(?<=^docker0: .*\n\s+link\/ether )\S+|(?<=^docker0: .*\n.*\n.* 8000\.)\S+/gm,
  },
  { because: 'times, and counters of packets', in: ['legacy', 'legacy6'], drop: /^# .*$|\[\d+:\d+\]/gm },
  {
    because: 'iptables makes a table and its chains by looking at them; empty ones that accept decide nothing',
    in: ['nft'],
    drop: /^\tchain \w+ \{\n\t\ttype \w+ hook \w+ priority [^;]+; policy accept;\n\t\}\n+/gm,
  },
  { because: 'the same: a table without chains', in: ['nft'], drop: /^table \w+ \w+ \{\n\}\n/gm },
  { because: 'blank lines tell nothing', in: ['nft', 'legacy', 'legacy6'], drop: /^\s*\n/gm },
  {
    because: 'the same of the legacy back end, whose tables stay in the kernel',
    in: ['legacy', 'legacy6'],
    drop: /^\*\w+\n(:\w+ ACCEPT \n)*COMMIT\n/gm,
  },
  {
    because: 'the kernel counts these itself',
    in: ['sysctls'],
    drop: /^net\.netfilter\.nf_conntrack_count = .*\n|^net\.ipv[46]\.neigh\.\S+\.base_reachable_time.*\n/gm,
  },
];

const sections = {
  links: (host) => host.run('ip', '-details', 'link', 'show'),
  addresses: (host) => host.run('ip', 'address', 'show'),
  routes: (host) => host.run('ip', '-4', 'route', 'show', 'table', 'all'),
  routes6: (host) => host.run('ip', '-6', 'route', 'show', 'table', 'all'),
  policies: async (host) => (await host.run('ip', '-4', 'rule')) + (await host.run('ip', '-6', 'rule')),
  nft: async (host) => inOrder(await host.run('nft', '--stateless', 'list', 'ruleset')),
  legacy: (host) => legacyRules(host, 'iptables-legacy-save', '/proc/net/ip_tables_names'),
  legacy6: (host) => legacyRules(host, 'ip6tables-legacy-save', '/proc/net/ip6_tables_names'),
  sysctls: (host) => host.run('sysctl', '--all', '--pattern', '^net\\.'),
  machine: (host) => fileTree(join(host.dir, 'machine')),
  files: (host) => fileTree(join(host.dir, 'etc')),
} as const satisfies Record<string, (host: Host) => Promise<string>>;

type Section = keyof typeof sections;

/** By section: text that is the same for the same host. */
export type HostDump = Readonly<Record<Section, string>>;

/**
 * Everything of the host that bootlet may change, so that two dumps can be compared: links, addresses, routes, rules of
 * both back ends and families, sysctls, files with owner, mode and content.
 */
export const dumpHost = async (host: Host): Promise<HostDump> => {
  const names = Object.keys(sections) as Section[];
  const texts = await Promise.all(names.map(async (name) => [name, normal(name, await sections[name](host))]));
  return Object.fromEntries(texts) as HostDump;
};

const normal = (section: Section, text: string): string =>
  NORMALISATION.filter((entry) => entry.in.includes(section)).reduce(
    (left, { drop, keep = '' }) => left.replace(drop, keep),
    text,
  );

/** Tables, and the chains of each, come in the order in which they were made: which one is first decides nothing. */
const inOrder = (ruleset: string): string => {
  const tables = ruleset.split(/^(?=table )/m).map((table) => {
    const [head = '', ...chains] = table.replace(/^\}\n/m, '').split(/^(?=\t(?:chain|set|map) )/m);
    return [head, ...chains.toSorted(), head === '' ? '' : '}\n'].join('');
  });
  return tables.toSorted().join('');
};

/** A table is made by the first look at it: only those are read that are there. */
const legacyRules = async (host: Host, save: string, names: string): Promise<string> => {
  const tables = (await host.run('cat', names)).split('\n').filter((name) => name !== '');
  const texts = await Promise.all(tables.toSorted().map((table) => host.run(save, '-t', table)));
  return texts.join('');
};

/** Path, mode, owner and content of everything below a folder. */
const fileTree = async (folder: string): Promise<string> => {
  const paths = (await readdir(folder, { recursive: true })).toSorted();
  const lines = await Promise.all(
    paths.map(async (path) => {
      const file = join(folder, path);
      const stat = await lstat(file);
      const head = `${path} ${stat.mode.toString(8)} ${stat.uid}:${stat.gid}`;
      if (stat.isSymbolicLink()) return `${head} -> ${await readlink(file)}\n`;
      return stat.isFile() ? `${head}\n${await readFile(file, 'utf8')}\n` : `${head}\n`;
    }),
  );
  return lines.join('');
};
