import { unless } from '../host/missing.ts';
import { chainText, type ForwardChain, rejectsAll, tableText } from '../host/nft/forward-chains.ts';
import type { RunTool } from '../host/run-tool.ts';
import type { PodRange } from './resources.ts';
import type { Advice } from './rule-setting.ts';

export interface OtherDropsInput {
  /** That see what is forwarded. */
  readonly chains: readonly ForwardChain[];
  readonly range: PodRange;
  /** The name of the bridge that pods are on. */
  readonly bridge: string;
  /** Told where nft does not list one of them: it may be gone since. */
  readonly unlisted: () => void;
}

/** The tables of iptables, which bootlet writes to itself. */
const isOfIptables = ({ family, table }: ForwardChain): boolean => family !== 'inet' && table === 'filter';

/**
 * Chains of nftables that drop what they do not know. What iptables accepts they still drop, so that bootlet cannot help;
 * one whose table names the pods' range or bridge is taken to let them through, and of one that is not listed nothing is told.
 */
export const otherDrops = async (
  run: RunTool,
  { chains, range, bridge, unlisted }: OtherDropsInput,
): Promise<readonly Advice[]> => {
  const family = range.family === 'ipv4' ? 'ip' : 'ip6';
  const others = chains.filter((chain) => ['inet', family].includes(chain.family) && !isOfIptables(chain));
  const isNamedIn = (text: string): boolean => text.includes(range.cidr) || text.includes(`"${bridge}"`);
  const keepsPodsOut = async (chain: ForwardChain): Promise<boolean> => {
    const text = await chainText(run, chain);
    return rejectsAll(chain, text) && !isNamedIn(text) && !isNamedIn(await tableText(run, chain));
  };
  const found = await Promise.all(
    others.map(async (chain): Promise<readonly Advice[]> => {
      const isAdvised = await unless(['E_HOST_COMMAND'], keepsPodsOut(chain));
      if (isAdvised === undefined) unlisted();
      if (isAdvised !== true) return [];
      const name = `${chain.family} ${chain.table} ${chain.chain}`;
      const way =
        chain.table === 'firewalld'
          ? `firewall-cmd --permanent --zone=trusted --add-source=${range.cidr}, then firewall-cmd --reload`
          : `accept ${range.cidr} as source and as destination in that chain`;
      return [
        {
          object: `nft chain ${name}`,
          before: `hook forward, policy ${chain.policy}`,
          advice: `the chain ${name} of nftables drops what is forwarded and what it does not know, which no rule of iptables can override: ${way}`,
        },
      ];
    }),
  );
  return found.flat();
};
