import { BootletError } from '../../errors.ts';
import type { Family } from '../ip/cidr.ts';
import type { RunTool, ToolResult } from '../run-tool.ts';
import { SharedReads } from '../shared-reads.ts';
import type { BackEnd, BackEndInUse } from './back-end.ts';
import type { ChainName, ListedChain } from './plan-rules.ts';

/** How long a tool waits for another that holds /run/xtables.lock, s. nft knows no lock. */
const WAIT = ['-w', '5'];

/** Exit codes of iptables; its words differ from version to version. */
const NO_SUCH_CHAIN = 1;
const LOCKED = 4;

const failure = (command: string, { exitCode, stderr }: ToolResult, backEnd: BackEnd): BootletError => {
  const complaint = stderr.trim() || `exit code ${exitCode}`;
  const isLocked = exitCode === LOCKED && backEnd === 'legacy';
  return new BootletError('E_HOST_COMMAND', `${command}: ${complaint}`, {
    ...(isLocked && { hint: 'another program holds /run/xtables.lock (fuser /run/xtables.lock): it is tried again' }),
    ...(exitCode === 127 && { hint: 'install the package iptables' }),
  });
};

const isBuiltIn = ({ chain }: ChainName): boolean =>
  ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].includes(chain);

const listedIn = (chain: string, text: string): ListedChain => {
  const lines = text.split('\n');
  const start = `-A ${chain}`;
  return {
    policy: lines.find((line) => line.startsWith(`-P ${chain} `))?.split(' ')[2],
    rules: lines
      .filter((line) => line === start || line.startsWith(`${start} `))
      .map((line) => line.slice(start.length + 1)),
  };
};

/** The rules of one family in one back end. */
export class PacketFilter {
  readonly family: Family;
  readonly backEnd: BackEnd;
  readonly #run: RunTool;
  readonly #program: string;
  readonly #restoreArgs: readonly string[];
  readonly #reads = new SharedReads<ListedChain | undefined>();
  readonly #started: (pid: number) => void;

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
   * One chain, which costs the same however many rules there are in others (nft). Undefined: there is no such chain.
   * @throws BootletError E_HOST_COMMAND
   */
  list(name: ChainName): Promise<ListedChain | undefined> {
    return this.#reads.read(`${name.table} ${name.chain}`, () => this.#read(name));
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

  async #read(name: ChainName): Promise<ListedChain | undefined> {
    const args = [...WAIT, '-t', name.table, '-S', name.chain];
    const result = await this.#run(this.#program, args);
    if (result.exitCode === 0) return listedIn(name.chain, result.stdout);
    if (result.exitCode === NO_SUCH_CHAIN && !isBuiltIn(name)) return undefined;
    throw failure([this.#program, ...args].join(' '), result, this.backEnd);
  }
}
