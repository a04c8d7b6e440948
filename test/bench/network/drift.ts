import { startHostBootlet } from '../../lab/network/host.ts';
import { networkSettled } from '../../lab/network/settled.ts';
import { type Drift, type DriftName, drifts, repairOf } from '../../support/drift.ts';
import type { Bench } from '../bench.ts';
import { median, p99, rounded } from '../rounds.ts';
import { benchHost, foreignRatios, inEachSituation, TARGET_RATIO } from './host.ts';

/**
 * So many kinds of damage for one life of the daemon that none of its settings has to be repaired more often than it does
 * at once: what is undone time and again is repaired at a slowing pace.
 */
const LIVES: readonly (readonly DriftName[])[] = [
  ['link down', 'MTU changed', 'masquerade jump deleted'],
  ['link deleted', 'forward jump deleted', 'forwarding off'],
  ['address deleted', 'IPv6 address deleted', 'route deleted'],
];

/** For what has events: all but sysctls, and rules of the legacy back end. */
const TARGET_P99_MS = 1000;

/** From the end of the command that damages the host's network to its being as it was, in a host with a whole daemon. */
export const driftRepair: Bench = async (_, { rounds }) => {
  const figures = await inEachSituation(async (scope, situation) => {
    const { host, docker } = await benchHost(scope, situation);
    const bootlet = await startHostBootlet(scope, host, docker, { podCIDRs: ['10.22.3.0/24', 'fd00:22:3::/64'] });
    const times = new Map<Drift['what'], number[]>();
    for (let round = 0; round < rounds; round += 1) {
      for (const names of LIVES) {
        await bootlet.restart();
        await networkSettled(bootlet);
        for (const name of names) {
          const { what } = drifts[name];
          times.set(what, [...(times.get(what) ?? []), await repairOf(host, name)]);
          await networkSettled(bootlet);
        }
      }
    }
    return Object.fromEntries([...times].flatMap(([what, taken]) => figuresOf(what, taken)));
  });
  return { rounds, ...figures, targetP99Ms: TARGET_P99_MS, ...foreignRatios(figures), targetRatio: TARGET_RATIO };
};

const figuresOf = (what: string, times: readonly number[]): [string, number][] => [
  [`${what}Ms`, rounded(median(times))],
  [`${what}P99Ms`, rounded(p99(times))],
];
