import { canonical, targetOf } from './rule-text.ts';

export type Table = 'filter' | 'nat' | 'mangle' | 'raw';

export interface ChainName {
  readonly table: Table;
  readonly chain: string;
}

/** A chain as `iptables -S CHAIN` shows it. */
export interface ListedChain {
  /** Of a built-in chain: what becomes of a packet that no rule decides on. */
  readonly policy: string | undefined;
  /** As printed, without `-A CHAIN `. */
  readonly rules: readonly string[];
}

/** A chain that nobody else writes to. */
export interface OwnChain extends ChainName {
  /** Without `-A CHAIN `; undefined: it is to go. */
  readonly rules: readonly string[] | undefined;
}

/** A rule in somebody else's chain that leads to one of ours. */
export interface Jump {
  readonly table: Table;
  readonly from: string;
  /** With its `-j OWN-CHAIN`, without `-A FROM `. */
  readonly rule: string;
  /** Where it is put where it is not there yet; anywhere is well, unless there is `before`. */
  readonly at: 'start' | 'end';
  /** Wherever it stands, it must be before the first rule of which this is true; it is put directly before it. */
  readonly before?: (rule: string) => boolean;
}

export interface RulesInput {
  /** Every chain of ours in this family, those that are to go too. */
  readonly own: readonly OwnChain[];
  /** Every jump to them that there shall be; any other in a chain that was looked at goes. */
  readonly jumps: readonly Jump[];
  /** Every chain of ours and every chain that may hold a jump to them. Undefined: there is no such chain. */
  readonly observed: readonly (ChainName & { readonly listed: ListedChain | undefined })[];
}

export interface RulesPlan {
  /** For `iptables-restore --noflush`: atomic for each table. */
  readonly payload: string;
  /** Our rules in the tables that change, as they are and as they shall be. Undefined: none. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

interface TablePlan {
  readonly lines: readonly string[];
  readonly before: readonly string[];
  readonly after: readonly string[];
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((rule, index) => canonical(rule) === canonical(b[index] ?? ''));

const planTable = (table: Table, { own, jumps, observed }: RulesInput): TablePlan => {
  const ours = own.filter((chain) => chain.table === table);
  const looked = observed.filter((chain) => chain.table === table);
  const names = new Set(ours.map(({ chain }) => chain));
  const declared: string[] = [];
  const removed: string[] = [];
  const added: string[] = [];
  const deleted: string[] = [];
  const before: string[] = [];
  const after: string[] = [];

  for (const { chain, rules } of ours) {
    const now = looked.find((other) => other.chain === chain)?.listed?.rules;
    const lines = (list: readonly string[] | undefined): readonly string[] =>
      list === undefined ? [] : [`-N ${chain}`, ...list.map((rule) => `-A ${chain} ${rule}`)];
    before.push(...lines(now));
    after.push(...lines(rules));
    if (rules === undefined ? now === undefined : now !== undefined && isSame(now, rules)) continue;
    // This line makes the chain, or empties it in the same transaction that fills it.
    declared.push(`:${chain} - [0:0]`);
    added.push(...(rules ?? []).map((rule) => `-A ${chain} ${rule}`));
    if (rules === undefined) deleted.push(`-X ${chain}`);
  }

  for (const { chain, listed } of looked) {
    if (listed === undefined || names.has(chain)) continue;
    const isOurs = (rule: string): boolean => names.has(targetOf(rule) ?? '');
    const found = listed.rules.filter(isOurs);
    const wanted = jumps.filter((jump) => jump.table === table && jump.from === chain);
    before.push(...found.map((rule) => `-A ${chain} ${rule}`));
    const isKept = (rule: string): boolean => wanted.some((jump) => isInPlace(jump, rule, listed.rules));
    // By their text, not their number: somebody else may have written to the chain since.
    removed.push(...found.filter((rule) => !isKept(rule)).map((rule) => `-D ${chain} ${rule}`));
    let rules = listed.rules.filter((rule) => !isOurs(rule) || isKept(rule));
    for (const jump of wanted) {
      const isThere = found.some((rule) => isInPlace(jump, rule, listed.rules));
      const place = placeOf(jump, rules);
      const line = place === rules.length || isThere ? `-A ${chain}` : `-I ${chain} ${place + 1}`;
      after.push(`${line} ${jump.rule}`);
      if (isThere) continue;
      added.push(`${line} ${jump.rule}`);
      rules = rules.toSpliced(place, 0, jump.rule);
    }
  }
  return { lines: [...declared, ...removed, ...added, ...deleted], before, after };
};

/** The index at which a jump is put among the rules that are there. */
const placeOf = ({ at, before }: Jump, rules: readonly string[]): number => {
  const barrier = before === undefined ? -1 : rules.findIndex(before);
  if (barrier >= 0) return barrier;
  return at === 'start' ? 0 : rules.length;
};

/** Whether `rule` is this jump, exactly once in the chain, and not behind what it must be before. */
const isInPlace = (jump: Jump, rule: string, rules: readonly string[]): boolean => {
  const wanted = canonical(jump.rule);
  if (canonical(rule) !== wanted) return false;
  const places = rules.flatMap((other, index) => (canonical(other) === wanted ? [index] : []));
  const [place = 0, ...more] = places;
  return more.length === 0 && !(jump.before !== undefined && rules.slice(0, place).some(jump.before));
};

/**
 * The difference between our rules as they are and as they shall be in one family; undefined where there is none. A chain
 * of ours is written whole; each jump to it is there once; what others wrote is neither touched nor moved.
 */
export const planRules = (input: RulesInput): RulesPlan | undefined => {
  const tables = [...new Set(input.own.map(({ table }) => table))];
  const changed = tables
    .map((table) => ({ table, ...planTable(table, input) }))
    .filter(({ lines }) => lines.length > 0);
  if (changed.length === 0) return undefined;
  const shown = (side: 'before' | 'after'): string | undefined =>
    changed.flatMap((plan) => plan[side].map((line) => `-t ${plan.table} ${line}`)).join('\n') || undefined;
  const payload = changed.map(({ table, lines }) => [`*${table}`, ...lines, 'COMMIT', ''].join('\n')).join('');
  return { payload, before: shown('before'), after: shown('after') };
};
