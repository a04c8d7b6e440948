import type { ChainName, ListedChain } from '../../daemon/host/iptables/plan-rules.ts';
import { targetOf } from '../../daemon/host/iptables/rule-text.ts';

const BUILT_IN = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);

/** What `iptables-restore --noflush` does to the rules of one table, whole or not at all, as far as payloads of bootlet go. */
export class IptablesModel {
  #chains: ReadonlyMap<string, readonly string[]>;

  /** @param chains of the table nat, by name */
  constructor(chains: Readonly<Record<string, readonly string[]>>) {
    this.#chains = new Map(Object.entries(chains));
  }

  get chains(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(this.#chains);
  }

  observe(names: readonly string[]): readonly (ChainName & { readonly listed: ListedChain | undefined })[] {
    return names.map((chain) => {
      const rules = this.#chains.get(chain);
      const policy = BUILT_IN.has(chain) ? 'ACCEPT' : undefined;
      return { table: 'nat', chain, listed: rules === undefined ? undefined : { policy, rules } };
    });
  }

  /** @throws Error where iptables-restore would end with another exit code than 0 */
  restore(payload: string): void {
    const chains = new Map(this.#chains);
    const rulesOf = (chain: string): readonly string[] => {
      const rules = chains.get(chain);
      if (rules === undefined) throw new Error(`there is no chain ${chain}`);
      return rules;
    };
    for (const line of payload.split('\n')) {
      const [word = '', chain = '', ...rest] = line.split(' ');
      const rule = rest.join(' ');
      const target = targetOf(rule);
      if (target?.startsWith('BOOTLET')) rulesOf(target);
      if (word.startsWith(':')) chains.set(word.slice(1), []);
      else if (word === '-A') chains.set(chain, [...rulesOf(chain), rule]);
      else if (word === '-I') {
        const [number = '', ...words] = rest;
        chains.set(chain, rulesOf(chain).toSpliced(Number(number) - 1, 0, words.join(' ')));
      } else if (word === '-D') {
        const place = rulesOf(chain).indexOf(rule);
        if (place < 0) throw new Error(`there is no rule ${rule} in ${chain}`);
        chains.set(chain, rulesOf(chain).toSpliced(place, 1));
      } else if (word === '-X') {
        const isInUse = [...chains.values()].flat().some((other) => targetOf(other) === chain);
        if (rulesOf(chain).length > 0 || isInUse) throw new Error(`${chain} is in use`);
        chains.delete(chain);
      } else if (!['*nat', 'COMMIT', ''].includes(line)) throw new Error(`not understood: ${line}`);
    }
    this.#chains = chains;
  }
}
