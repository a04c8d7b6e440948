import { type Host, type HostDocker, newHost, POD_CIDRS, startHostDocker } from '../../lab/network/host.ts';
import type { Scope } from '../../lab/scope.ts';
import { type HostSettings, hostSettings } from '../../support/host-settings.ts';
import { addManyRules } from '../../support/many-rules.ts';
import type { Figures } from '../bench.ts';
import { rounded } from '../rounds.ts';

export interface Situation {
  readonly backEnd: 'nft' | 'legacy';
  /** Whether somebody else has 10,000 rules in 1,000 chains there. */
  readonly foreign: boolean;
}

export interface BenchHost {
  readonly host: Host;
  readonly docker: HostDocker;
  readonly settings: HostSettings;
}

/** A dual-stack host with a Docker that bootlet may restart, and nothing of bootlet yet. */
export const benchHost = async (scope: Scope, { backEnd, foreign }: Situation): Promise<BenchHost> => {
  const host = await newHost(scope, { backEnd, dualStack: true });
  if (foreign) await addManyRules(host);
  const docker = await startHostDocker(scope, host);
  const settings = await hostSettings(host, {
    network: {
      podCIDRs: Object.values(POD_CIDRS),
      docker: { configFile: docker.configFile, restart: docker.restartCommand },
    },
    config: { runtime: { docker: { endpoint: docker.endpoint } } },
  });
  return { host, docker, settings };
};

/** Figures of all situations, each of a host of its own: `nftMs`, `nftForeignMs`, … */
export const inEachSituation = async (
  measure: (scope: Scope, situation: Situation) => Promise<Figures>,
): Promise<Figures> => {
  const figures: Record<string, number | null> = {};
  for (const backEnd of ['nft', 'legacy'] as const) {
    for (const foreign of [false, true]) {
      await using stack = new AsyncDisposableStack();
      const scope: Scope = { teardown: (fn) => stack.defer(async () => fn()) };
      const measured = await measure(scope, { backEnd, foreign });
      for (const [name, value] of Object.entries(measured)) figures[keyOf({ backEnd, foreign }, name)] = value;
    }
  }
  return figures;
};

const keyOf = ({ backEnd, foreign }: Situation, name: string): string =>
  `${backEnd}${foreign ? 'Foreign' : ''}${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** With the foreign rules everything may take this many times as long. */
export const TARGET_RATIO = 2;

/** How many times as long with the foreign rules as without, of each median of bootlet's: `nftRatio`, `legacyLinksRatio`, … */
export const foreignRatios = (figures: Figures): Figures =>
  Object.fromEntries(
    Object.entries(figures).flatMap(([key, value]) => {
      const [, backEnd, name] = /^(nft|legacy)Foreign(?!.*(?:P99|Floor))(\w*)Ms$/.exec(key) ?? [];
      const without = figures[`${backEnd}${name}Ms`];
      if (typeof value !== 'number' || typeof without !== 'number') return [];
      return [[`${backEnd}${name}Ratio`, rounded(value / without, 2)]];
    }),
  );
