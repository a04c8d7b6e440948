import { BootletError } from '../../errors.ts';
import { outputOf, type RunTool } from '../run-tool.ts';

/** A chain of nftables that sees what is forwarded. */
export interface ForwardChain {
  /** `ip`, `ip6`, `inet`. */
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly policy: string;
}

/**
 * Every one, and none where there is no nft. Chains are listed without their rules, so that those cost nothing.
 * @throws BootletError E_HOST_COMMAND
 */
export const readForwardChains = async (run: RunTool): Promise<readonly ForwardChain[]> => {
  const { exitCode, stdout, stderr } = await run('nft', ['list', 'chains'], { isLook: true });
  if (exitCode === 127) return [];
  if (exitCode !== 0) {
    throw new BootletError('E_HOST_COMMAND', `nft list chains: ${stderr.trim() || `exit code ${exitCode}`}`);
  }
  const chains: ForwardChain[] = [];
  let table: readonly string[] = [];
  let chain = '';
  for (const line of stdout.split('\n')) {
    const [word = '', ...rest] = line.trim().split(' ');
    if (word === 'table') table = rest;
    if (word === 'chain') chain = rest[0] ?? '';
    if (word !== 'type' || rest[0] !== 'filter' || !line.includes(' hook forward ')) continue;
    const policy = /policy (\w+)/.exec(line)?.[1] ?? 'accept';
    chains.push({ family: table[0] ?? '', table: table[1] ?? '', chain, policy });
  }
  return chains;
};

/** For so long they are taken to be the same where nobody says otherwise, ms. */
const KNOWN_MS = 60_000;

/** The chains that were read last, while nothing says that somebody has changed them: most looks need not start nft. */
export class ForwardChains {
  readonly #run: RunTool;
  readonly #now: () => number;
  #known: { readonly at: number; readonly chains: Promise<readonly ForwardChain[]> } | undefined;

  /** @param now ms since the epoch */
  constructor(run: RunTool, now: () => number = Date.now) {
    this.#run = run;
    this.#now = now;
  }

  /** As `readForwardChains`, with what could be read. */
  read(): Promise<readonly ForwardChain[]> {
    if (this.#known === undefined || this.#now() - this.#known.at >= KNOWN_MS) {
      const known = { at: this.#now(), chains: readForwardChains(this.#run) };
      known.chains.catch(() => {
        if (this.#known === known) this.forget();
      });
      this.#known = known;
    }
    return this.#known.chains;
  }

  /** They may have been changed. */
  forget(): void {
    this.#known = undefined;
  }
}

/** Whether what no rule of the chain, as text, lets through is dropped. */
export const rejectsAll = ({ policy }: ForwardChain, text: string): boolean =>
  // A rule that is a verdict alone is for every packet.
  policy === 'drop' || /^\s*(?:counter )?(?:drop|reject(?: with .*)?)\s*(?:comment ".*")?$/m.test(text);

const list = (run: RunTool, ...what: readonly string[]): Promise<string> =>
  outputOf(run, 'nft', ['--stateless', 'list', ...what], { isLook: true });

/** @throws BootletError E_HOST_COMMAND */
export const chainText = (run: RunTool, { family, table, chain }: ForwardChain): Promise<string> =>
  list(run, 'chain', family, table, chain);

/** All rules of it, however many: only for a chain whose own text does not settle it. @throws BootletError E_HOST_COMMAND */
export const tableText = (run: RunTool, { family, table }: ForwardChain): Promise<string> =>
  list(run, 'table', family, table);
