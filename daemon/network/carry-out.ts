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
 * @throws what the first that fails throws; those before it stay made
 */
export const carryOut = async (
  { name }: Pick<HostSetting, 'name'>,
  changes: readonly PlannedChange[],
  { ledger, atStep = () => undefined }: CarryOutOptions,
): Promise<void> => {
  for (const { change, apply } of changes) {
    if (isLeft(change)) continue;
    const entry = change.entry ?? change.object;
    const where = `${name}: ${entry}` as const;
    atStep(`planned ${where}`);
    if (change.ledger.do === 'enter') {
      const originals = { [entry]: change.ledger.original, ...change.ledger.parts };
      for (const [object, original] of Object.entries(originals)) await ledger.enter(name, object, original);
    }
    atStep(`entered ${where}`);
    await apply();
    atStep(`applied ${where}`);
    if (change.ledger.do === 'strike') await ledger.strike(name, entry);
    atStep(`struck ${where}`);
  }
};
