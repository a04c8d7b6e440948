import { BootletError } from '../errors.ts';
import type { Ledger } from '../host/ledger.ts';
import type { Change, HostSetting } from './host-setting.ts';
import type { NetworkSpec } from './resources.ts';

/** What would be done to one host setting. */
export type SettingPlan =
  | { readonly name: string; readonly changes: readonly Change[] }
  /** The host does not allow it, or could not be read. */
  | { readonly name: string; readonly error: BootletError };

/** What carrying out a specification would change, setting by setting. Changes nothing. */
export const planSettings = (
  settings: readonly HostSetting[],
  spec: NetworkSpec | undefined,
  ledger: Pick<Ledger, 'of'>,
): Promise<readonly SettingPlan[]> =>
  Promise.all(
    settings.map(async ({ name, plan }) => {
      try {
        const planned = await plan(spec, ledger.of(name));
        return { name, changes: planned.map(({ change }) => change) };
      } catch (error) {
        if (error instanceof BootletError) return { name, error };
        throw error;
      }
    }),
  );
