import { type CarryOutOptions, carryOut } from './carry-out.ts';
import type { Change, HostSetting } from './host-setting.ts';

export interface NetworkReset {
  /** What was taken back. */
  readonly made: readonly Change[];
  /** What bootlet may not take back now, and why: it stays in the ledger. */
  readonly held: readonly Change[];
}

/** The last first, but for what another one puts in force. */
const resetOrder = (settings: readonly HostSetting[]): readonly HostSetting[] => {
  const backwards = settings.toReversed();
  return backwards
    .filter(({ goesBefore }) => goesBefore === undefined)
    .flatMap((setting) => [...backwards.filter(({ goesBefore }) => goesBefore === setting.name), setting]);
};

/**
 * Takes back what the ledger says bootlet made, the last first. Safe to repeat. A setting that cannot give back what is
 * its keeps those before it as they are: Docker is never left with a bridge that is gone.
 * @throws what the first that fails throws
 */
export const resetNetwork = async (
  settings: readonly HostSetting[],
  options: CarryOutOptions,
): Promise<NetworkReset> => {
  const made: Change[] = [];
  for (const setting of resetOrder(settings)) {
    const planned = await setting.plan(undefined, options.ledger.of(setting.name));
    await carryOut(setting, planned, options);
    const changes = planned.map(({ change }) => change).filter(({ advice }) => advice === undefined);
    const held = changes.filter((change) => change.held !== undefined);
    made.push(...changes.filter((change) => change.held === undefined));
    if (held.length > 0) return { made, held };
  }
  return { made, held: [] };
};
