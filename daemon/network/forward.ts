import type { Iptables } from '../host/iptables/iptables.ts';
import type { ChainName } from '../host/iptables/plan-rules.ts';
import { comment, targetOf, wordsOf } from '../host/iptables/rule-text.ts';
import { unless } from '../host/missing.ts';
import type { ForwardChains } from '../host/nft/forward-chains.ts';
import type { RunTool } from '../host/run-tool.ts';
import type { HostSetting } from './host-setting.ts';
import { otherDrops } from './other-drops.ts';
import { type RulesContext, ruleSetting, type WantedRules } from './rule-setting.ts';

const CHAIN = { table: 'filter', chain: 'BOOTLET-FORWARD' } as const satisfies ChainName;
const FORWARD = { table: 'filter', chain: 'FORWARD' } as const satisfies ChainName;

/** Chains that may reject whatever comes to them: of ufw and of firewalld. */
const REJECTING = ['ufw-reject-forward', 'FORWARD_IN_ZONES', 'FORWARD_OUT_ZONES'];

/** Whether nothing of pods gets past this rule of FORWARD. */
const isBarrier = (rule: string): boolean => {
  const target = targetOf(rule) ?? '';
  if (REJECTING.includes(target)) return true;
  if (!['DROP', 'REJECT'].includes(target)) return false;
  const words = wordsOf(rule);
  const matches = words.slice(0, words.indexOf('-j')).filter((word, index, all) => {
    const isComment = word === '--comment' || all[index - 1] === '--comment';
    return !isComment && word !== '-m' && word !== 'comment';
  });
  return matches.length === 0;
};

/**
 * Where a firewall lets nothing through that it does not know. As late in FORWARD as works: what others decide of single
 * packets before (DOCKER-USER, fail2ban, network policies) holds for pods too.
 */
const forwardRules = ({ cidrs, listed }: RulesContext): WantedRules | undefined => {
  const { policy, rules } = listed(FORWARD);
  if (policy !== 'DROP' && !rules.some(isBarrier)) return undefined;
  return {
    chains: [
      {
        ...CHAIN,
        rules: cidrs.flatMap((cidr) => [
          `-s ${cidr} ${comment('from pods')} -j ACCEPT`,
          `-d ${cidr} ${comment('to pods')} -j ACCEPT`,
        ]),
      },
    ],
    jumps: [
      {
        table: 'filter',
        from: 'FORWARD',
        rule: `${comment('pods are let through')} -j ${CHAIN.chain}`,
        at: 'end',
        before: isBarrier,
      },
    ],
  };
};

/** What comes from and goes to pods is let through where a firewall drops it. */
export const forwardSetting = (
  iptables: Iptables,
  run: RunTool,
  others: Pick<ForwardChains, 'read' | 'forget'>,
): HostSetting =>
  ruleSetting(
    {
      name: 'forward',
      after: ['bridge'],
      chains: [CHAIN],
      from: [FORWARD],
      isWanted: () => true,
      rules: forwardRules,
      advice: async ({ bridge }, range) => {
        // Where nft may not list them nothing is advised: pods do not wait for advice.
        const chains = (await unless(['E_HOST_COMMAND'], others.read())) ?? [];
        return otherDrops(run, { chains, range, bridge: bridge.name, unlisted: () => others.forget() });
      },
    },
    iptables,
  );
