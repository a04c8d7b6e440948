import type { Iptables } from '../../host/iptables/iptables.ts';
import type { ForwardChains } from '../../host/nft/forward-chains.ts';
import type { Heard, MonitoredProgram } from './program-monitor.ts';

/**
 * A rule or chain that a setting may look at: built-in chains, bootlet's, Docker's, and all of other tables than those of
 * iptables, which are of `ip` and `ip6`: `inet filter` is none of them.
 */
const MATTERS =
  /^(?:add|delete|insert|replace|destroy) (?:rule \S+ \S+ (?:PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING|BOOTLET-|DOCKER)|(?:rule|chain) (?:inet |ip6? (?!(?:nat|filter|mangle|raw|security) ))|chain \S+ \S+ (?:BOOTLET-|DOCKER|[A-Z]+ \{)|table )/;

/** The last line of each transaction of the kernel. */
const GENERATION = /^# new generation \d+(?: by process (\d+) \((.*)\))?/;

export interface RulesMonitorOptions {
  readonly iptables: Pick<Iptables, 'wrote'>;
  readonly forwardChains: Pick<ForwardChains, 'forget'>;
}

/**
 * Rules of nftables, those of iptables-nft among them. What bootlet wrote itself is no news, nor is what another does in
 * chains of its own, as kube-proxy does all day.
 */
export const rulesMonitor = ({ iptables, forwardChains }: RulesMonitorOptions): MonitoredProgram => {
  let matters = false;
  const heard = (line: string): Heard | undefined => {
    const generation = GENERATION.exec(line);
    if (generation === null) {
      matters ||= MATTERS.test(line);
      return undefined;
    }
    const [, pid, name] = generation;
    const isNews = matters && !iptables.wrote(Number(pid));
    matters = false;
    if (isNews) forwardChains.forget();
    return isNews ? { by: pid === undefined ? undefined : `${name} (pid ${pid})` } : undefined;
  };
  return { kind: 'rules', program: 'nft', args: ['monitor'], heard, up: () => forwardChains.forget() };
};
