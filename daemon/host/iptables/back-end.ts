import { BootletError } from '../../errors.ts';
import type { RunTool } from '../run-tool.ts';

/** Where the kernel keeps the rules of iptables: two places, of which each tool sees only one. */
export type BackEnd = 'nft' | 'legacy';

export interface BackEndInUse {
  readonly backEnd: BackEnd;
  /** What follows `iptables` and `ip6tables` in the programs' names: `-nft`, `-legacy`, or nothing where there is only one. */
  readonly suffix: string;
  /** From iptables 1.6.2 on `MASQUERADE --random-fully` is known, and iptables-restore can wait for the lock. */
  readonly isRecent: boolean;
}

/** What a kubelet and kube-proxy leave in the mangle table so that others find the back end that they use. */
const HINT = /^:(?:KUBE-IPTABLES-HINT|KUBE-KUBELET-CANARY) /m;

interface Program {
  readonly suffix: string;
  readonly backEnd: BackEnd;
  readonly isRecent: boolean;
}

const programWith = async (run: RunTool, suffix: string): Promise<Program | undefined> => {
  const { exitCode, stdout } = await run(`iptables${suffix}`, ['--version']);
  const version = /v(\d+)\.(\d+)\.(\d+)/.exec(stdout);
  if (exitCode !== 0 || version === null) return undefined;
  const [major = 0, minor = 0, patch = 0] = version.slice(1).map(Number);
  return {
    suffix,
    // Before 1.8 there was no other, and nothing in parentheses.
    backEnd: stdout.includes('nf_tables') ? 'nft' : 'legacy',
    isRecent: major * 1e6 + minor * 1e3 + patch >= 1_006_002,
  };
};

/**
 * Which back end the host's rules are in, as Kubernetes' iptables-wrappers find it: where a kubelet or kube-proxy left its
 * hint. Without one, that of the host's own `iptables`, which Docker runs too.
 * @throws BootletError E_NETWORK_REFUSED where there is no iptables
 */
export const detectBackEnd = async (run: RunTool): Promise<BackEndInUse> => {
  const hasHint = async (suffix: string, args: readonly string[]): Promise<boolean> => {
    const families = ['iptables', 'ip6tables'];
    const saved = await Promise.all(families.map((program) => run(`${program}${suffix}-save`, args)));
    return saved.some(({ stdout }) => HINT.test(stdout));
  };
  const [nft, legacy, own, isNftHinted, isLegacyHinted] = await Promise.all([
    programWith(run, '-nft'),
    programWith(run, '-legacy'),
    programWith(run, ''),
    hasHint('-nft', ['-t', 'mangle']),
    // Never one table of it by name: that makes the table.
    hasHint('-legacy', []),
  ]);
  const hinted = (isNftHinted ? nft : undefined) ?? (isLegacyHinted ? legacy : undefined);
  const programs = [nft, legacy, own].filter((program) => program !== undefined);
  const chosen = hinted ?? programs.find(({ backEnd }) => backEnd === own?.backEnd) ?? programs[0];
  if (chosen === undefined) {
    throw new BootletError('E_NETWORK_REFUSED', 'there is no iptables on this host, which its rules are made with', {
      hint: 'install the package iptables',
    });
  }
  return chosen;
};
