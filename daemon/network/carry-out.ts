import type { Ledger } from '../host/ledger.ts';
import { type HostSetting, isLeft, type PlannedChange } from './host-setting.ts';

/** A point between two durable steps of a change, for tests that cut the daemon there. */
export type AtStep = (step: `${'planned' | 'entered' | 'applied' | 'struck'} ${string}`) => void;

export interface CarryOutOptions {
  readonly ledger: Ledger;
  readonly atStep?: AtStep;
}

/**
 * Makes the changes of one setting, one after another, each entered in the ledger before it is made. One that is held, or advice, is left.
 * @throws what the first that fails throws; those before it stay made. What was entered for it is struck where nothing of it was made
 */
export const carryOut = async (
  { name }: Pick<HostSetting, 'name'>,
  changes: readonly PlannedChange[],
  { ledger, atStep = () => undefined }: CarryOutOptions,
): Promise<void> => {
  for (const planned of changes) {
    const { change } = planned;
    if (isLeft(change)) continue;
    const entry = change.entry ?? change.object;
    const where = `${name}: ${entry}` as const;
    atStep(`planned ${where}`);
    const originals = change.ledger.do === 'enter' ? { [entry]: change.ledger.original, ...change.ledger.parts } : {};
    const entered = Object.keys(originals).filter((object) => !Object.hasOwn(ledger.of(name), object));
    for (const [object, original] of Object.entries(originals)) await ledger.enter(name, object, original);
    atStep(`entered ${where}`);
    try {
      await planned.apply();
    } catch (error) {
      // Left in the ledger, what another makes later under this name would be taken for bootlet's own.
      if (entered.length > 0 && (await isSurelyUnmade(planned)))
        for (const object of entered) await ledger.strike(name, object);
      throw error;
    }
    atStep(`applied ${where}`);
    if (change.ledger.do === 'strike') await ledger.strike(name, entry);
    atStep(`struck ${where}`);
  }
};

/** False where it cannot be told: the ledger may then name what was not made, but never the other way round. */
const isSurelyUnmade = (planned: PlannedChange): Promise<boolean> => planned.isUnmade().catch(() => false);
