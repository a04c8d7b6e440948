import { BootletError } from '../../errors.ts';
import type { Family } from '../ip/cidr.ts';
import { type Asked, oncePerTurn } from '../once-per-turn.ts';
import type { RunTool, ToolResult } from '../run-tool.ts';
import type { BackEnd, BackEndInUse } from './back-end.ts';
import type { ChainName, ListedChain } from './plan-rules.ts';

/** How long a tool waits for another that holds /run/xtables.lock, s. nft knows no lock. */
const WAIT = ['-w', '5'];

/** Exit codes of iptables; its words differ from version to version. */
const NO_SUCH_CHAIN = 1;
const LOCKED = 4;

const isLocked = ({ exitCode }: ToolResult, backEnd: BackEnd): boolean => exitCode === LOCKED && backEnd === 'legacy';

const failure = (command: string, result: ToolResult, backEnd: BackEnd): BootletError => {
  const { exitCode, stderr } = result;
  const complaint = stderr.trim() || `exit code ${exitCode}`;
  return new BootletError('E_HOST_COMMAND', `${command}: ${complaint}`, {
    ...(isLocked(result, backEnd) && {
      hint: 'another program holds /run/xtables.lock (fuser /run/xtables.lock): it is tried again',
    }),
    ...(exitCode === 127 && { hint: 'install the package iptables' }),
  });
};

const isBuiltIn = ({ chain }: ChainName): boolean =>
  ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].includes(chain);

const listedIn = (chain: string, lines: readonly string[]): ListedChain => {
  const start = `-A ${chain}`;
  return {
    policy: lines.find((line) => line.startsWith(`-P ${chain} `))?.split(' ')[2],
    rules: lines
      .filter((line) => line === start || line.startsWith(`${start} `))
      .map((line) => line.slice(start.length + 1)),
  };
};

/** What was printed of each chain, in turn: it begins with the chain itself. */
const sectionsOf = (text: string): readonly (readonly string[])[] => {
  const sections: string[][] = [];
  for (const line of text.split('\n')) {
    if (/^-[PN] /.test(line)) sections.push([]);
    sections.at(-1)?.push(line);
  }
  return sections;
};

/** The rules of one family in one back end. */
export class PacketFilter {
  readonly family: Family;
  readonly backEnd: BackEnd;
  readonly #run: RunTool;
  readonly #program: string;
  readonly #restoreArgs: readonly string[];
  readonly #started: (pid: number) => void;
  readonly #ask = oncePerTurn<ChainName, ListedChain | undefined>(
    ({ table, chain }) => `${table} ${chain}`,
    (asked) => this.#answer(asked),
  );

  /** @param started told the process ids of what writes rules */
  constructor(
    run: RunTool,
    family: Family,
    { backEnd, suffix, isRecent }: BackEndInUse,
    started: (pid: number) => void,
  ) {
    this.#started = started;
    this.family = family;
    this.backEnd = backEnd;
    this.#run = run;
    this.#program = `${family === 'ipv4' ? 'iptables' : 'ip6tables'}${suffix}`;
    this.#restoreArgs = isRecent ? ['--noflush', ...WAIT] : ['--noflush'];
  }

  /** The name of the tool: `iptables-nft`. */
  get tool(): string {
    return this.#program;
  }

  /**
   * One chain, which costs the same however many rules there are in others (nft). Undefined: there is no such chain. All
   * that are asked for in one turn of the event loop are read by one process.
   * @throws BootletError E_HOST_COMMAND
   */
  list(name: ChainName): Promise<ListedChain | undefined> {
    return this.#ask(name);
  }

  /** Every one of them, as planRules takes them. @throws as `list` */
  observe<C extends ChainName>(
    chains: readonly C[],
  ): Promise<readonly (C & { readonly listed: ListedChain | undefined })[]> {
    return Promise.all(chains.map(async (name) => ({ ...name, listed: await this.list(name) })));
  }

  /** How many rules of its table lead to a chain, whichever chains those are in. @throws as `list` */
  async references({ table, chain }: ChainName): Promise<number> {
    const args = [...WAIT, '-t', table, '-n', '-L', chain];
    const result = await this.#run(this.#program, args);
    if (result.exitCode !== 0) throw failure([this.#program, ...args].join(' '), result, this.backEnd);
    return Number(/^Chain \S+ \((\d+) references\)/.exec(result.stdout)?.[1] ?? 0);
  }

  /** Makes all of a payload's changes to a table, or none. @throws BootletError E_HOST_COMMAND */
  async restore(payload: string): Promise<void> {
    const program = `${this.#program}-restore`;
    const result = await this.#run(program, this.#restoreArgs, { input: payload, started: this.#started });
    if (result.exitCode !== 0) throw failure(program, result, this.backEnd);
  }

  /** Answers everybody. What cannot be read at once, since one of the chains is not there, is read one by one. */
  #answer(asked: readonly Asked<ChainName, ListedChain | undefined>[]): void {
    const together = this.#readTogether(asked.map(({ question }) => question));
    for (const { question, answer } of asked)
      answer.resolve(together.then((chains) => chains.get(question) ?? this.#read(question)));
  }

  /**
   * iptables-restore takes every command that iptables does, so that it lists many chains in the time of one, and writes
   * nothing where nothing is to be changed. The manual does not promise it: what it prints is taken only where it is of
   * just these chains. That of nft lists in its commit, which `--test` leaves out.
   */
  async #readTogether(names: readonly ChainName[]): Promise<ReadonlyMap<ChainName, ListedChain>> {
    const listed = new Map<ChainName, ListedChain>();
    if (names.length === 1) return listed;
    const tables = [...Map.groupBy(names, ({ table }) => table)];
    const input = tables.map(
      ([table, ofIt]) => `*${table}\n${ofIt.map(({ chain }) => `-S ${chain}\n`).join('')}COMMIT\n`,
    );
    const program = `${this.#program}-restore`;
    const args = [...this.#restoreArgs, ...(this.backEnd === 'legacy' ? ['--test'] : [])];
    const result = await this.#run(program, args, { input: input.join('') });
    // One by one they would be waited for once more.
    if (isLocked(result, this.backEnd)) throw failure(program, result, this.backEnd);
    const inTurn = tables.flatMap(([, ofIt]) => ofIt);
    const sections = result.exitCode === 0 ? sectionsOf(result.stdout) : [];
    const isOfThem = inTurn.every(({ chain }, index) => sections[index]?.[0]?.split(' ')[1] === chain);
    if (!isOfThem || sections.length !== names.length) return listed;
    for (const [index, name] of inTurn.entries()) listed.set(name, listedIn(name.chain, sections[index] ?? []));
    return listed;
  }

  async #read(name: ChainName): Promise<ListedChain | undefined> {
    const args = [...WAIT, '-t', name.table, '-S', name.chain];
    const result = await this.#run(this.#program, args);
    if (result.exitCode === 0) return listedIn(name.chain, result.stdout.split('\n'));
    if (result.exitCode === NO_SUCH_CHAIN && !isBuiltIn(name)) return undefined;
    throw failure([this.#program, ...args].join(' '), result, this.backEnd);
  }
}
