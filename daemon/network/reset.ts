import { type CarryOutOptions, carryOut } from './carry-out.ts';
import type { Change, HostSetting } from './host-setting.ts';

export interface NetworkReset {
  /** What was taken back. */
  readonly made: readonly Change[];
  /** What bootlet may not take back now, and why: it stays in the ledger. */
  readonly held: readonly Change[];
}

/** A setting, or what of it the ledger has under these names. */
interface ResetStep {
  readonly setting: HostSetting;
  readonly entries?: readonly string[];
}

/** Looks at one setting, at most: what is to be seen after the last is left to the next reset. */
const LOOKS = 3;

/** The last first, but for what another one puts in force. */
const resetSteps = (settings: readonly HostSetting[]): readonly ResetStep[] => {
  const backwards = settings.toReversed();
  return backwards.flatMap((setting) => {
    const before = backwards.flatMap((other) =>
      other.goesBefore?.setting === setting.name ? [{ ...other.goesBefore, setting: other }] : [],
    );
    const isDone = setting.goesBefore !== undefined && setting.goesBefore.entries === undefined;
    return [...before, ...(isDone ? [] : [{ setting }])];
  });
};

const isHeld = ({ held }: Change): boolean => held !== undefined;

/**
 * Takes back what the ledger says bootlet made, the last first. Safe to repeat. A setting that cannot give back what is
 * its keeps those before it as they are, and what it was to put in force: Docker is never left with a bridge that is gone.
 * @throws what the first that fails throws
 */
export const resetNetwork = async (
  settings: readonly HostSetting[],
  options: CarryOutOptions,
): Promise<NetworkReset> => {
  const plan = (setting: HostSetting) => setting.plan(undefined, options.ledger.of(setting.name));
  const made: Change[] = [];
  for (const { setting, entries } of resetSteps(settings)) {
    const next = settings.find(({ name }) => name === setting.goesBefore?.setting);
    const inTheWay = next === undefined ? [] : (await plan(next)).map(({ change }) => change).filter(isHeld);
    if (inTheWay.length > 0) return { made, held: inTheWay };
    for (let look = 1, isSeen = false; !isSeen; look += 1) {
      const planned = (await plan(setting)).filter(
        ({ change }) => entries === undefined || entries.includes(change.entry ?? change.object),
      );
      const changes = planned.map(({ change }) => change).filter(({ advice }) => advice === undefined);
      isSeen = !changes.some(({ showsMore = false }) => showsMore);
      if (!isSeen && look > LOOKS)
        return { made, held: changes.map((change) => ({ ...change, held: 'there is more to it with each look' })) };
      await carryOut(setting, planned, options);
      const held = changes.filter(isHeld);
      made.push(...changes.filter((change) => !isHeld(change)));
      if (held.length > 0) return { made, held };
    }
  }
  return { made, held: [] };
};
