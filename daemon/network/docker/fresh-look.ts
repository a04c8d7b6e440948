import type { Originals } from '../../host/ledger.ts';
import { type Change, isLeft } from '../host-setting.ts';
import type { NetworkSpec } from '../resources.ts';

/** @param isQuick some of it may be as of a while ago */
export type Look<Seen> = (
  spec: NetworkSpec | undefined,
  originals: Originals,
  isQuick: boolean,
) => Promise<Seen | undefined>;

/**
 * A quick look, and where that finds something to make, one that is as of now in everything: only by that is it made. What
 * is held, for months maybe, and advice are not made.
 */
export const freshIfMade =
  <Seen>(look: Look<Seen>, plan: (seen: Seen) => readonly Change[]) =>
  async (spec: NetworkSpec | undefined, originals: Originals): Promise<Seen | undefined> => {
    const seen = await look(spec, originals, true);
    return seen === undefined || plan(seen).every(isLeft) ? seen : look(spec, originals, false);
  };
