import { cidrsOverlap, containsCidr, parseCidr } from '../host/ip/cidr.ts';
import { targetOf, wordsOf } from '../host/iptables/rule-text.ts';
import type { PodRange } from './resources.ts';
import type { Advice } from './rule-setting.ts';

/** Chains of tools that masquerade what comes from pods, by the chain that POSTROUTING leads to. */
const TOOLS: Readonly<Record<string, string>> = {
  'IP-MASQ-AGENT': 'ip-masq-agent',
  'IP-MASQ': 'ip-masq-agent',
  'FLANNEL-POSTRTG': 'flannel',
};

/** Whether a rule is for what comes from pods, by its source; a rule without one is for everything. */
const isForPods = (words: readonly string[], { cidr }: PodRange): boolean => {
  const place = words.indexOf('-s');
  const source = parseCidr(words[place + 1] ?? '');
  const pods = parseCidr(cidr);
  if (place < 0 || source === undefined || pods === undefined) return true;
  return words[place - 1] === '!' ? !containsCidr(source, pods) : cidrsOverlap(source, pods);
};

/** Who made the rule, by what is in it; undefined: it does not masquerade what comes from pods. */
const makerOf = (rule: string, range: PodRange): string | undefined => {
  const target = targetOf(rule) ?? '';
  const tool = TOOLS[target];
  if (tool !== undefined) return tool;
  const words = wordsOf(rule);
  // What is for marked packets is kube-proxy's, and what leaves by an interface may be anybody's uplink: both are others' business.
  const isForFew = ['mark', 'conntrack', '--mark'].some((word) => words.includes(word));
  if (!['MASQUERADE', 'SNAT'].includes(target) || isForFew || !isForPods(words, range)) return undefined;
  if (rule.includes('kubenet')) return 'kubenet';
  const out = words.indexOf('-o');
  if (out >= 0) return words[out - 1] === '!' && words.includes('-s') ? "Docker's ip-masq" : undefined;
  return words.includes('-s') ? 'another tool' : 'the classic from-scratch guide';
};

export interface OtherMasqueradesInput {
  readonly range: PodRange;
  /** `iptables-nft`. */
  readonly tool: string;
  /** Of POSTROUTING. */
  readonly rules: readonly string[];
}

/**
 * Rules of others that masquerade what comes from pods too. A connection gets its address from the first rule that
 * matches, so two of them do no harm as such; but what bootlet leaves alone, an other may rewrite.
 */
export const otherMasquerades = ({ range, tool, rules }: OtherMasqueradesInput): readonly Advice[] =>
  rules.flatMap((rule) => {
    const maker = makerOf(rule, range);
    if (maker === undefined) return [];
    const command = `${tool} -t nat -D POSTROUTING ${rule}`;
    return {
      object: `${tool} nat POSTROUTING`,
      before: `-A POSTROUTING ${rule}`,
      advice: `what comes from pods is masqueraded by ${maker} too, also where network.masquerade leaves it as it is: if that tool is no longer in use, remove its rule (${command}); if it shall do it, set network.masquerade.enabled: false`,
    };
  });
