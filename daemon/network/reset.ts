import { type CarryOutOptions, carryOut } from './carry-out.ts';
import type { HostSetting } from './host-setting.ts';

/** Takes back what the ledger says bootlet made, the last first. Safe to repeat. @throws what the first that fails throws */
export const resetNetwork = async (settings: readonly HostSetting[], options: CarryOutOptions): Promise<void> => {
  for (const setting of settings.toReversed()) {
    const changes = await setting.plan(undefined, options.ledger.of(setting.name));
    await carryOut(setting, changes, options);
  }
};
