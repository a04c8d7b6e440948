import { join } from 'node:path';
import { Ledger } from '../../../daemon/host/ledger.ts';
import { carryOut } from '../../../daemon/network/carry-out.ts';
import { type Change, type HostSetting, isLeft } from '../../../daemon/network/host-setting.ts';
import type { NetworkSpec } from '../../../daemon/network/resources.ts';
import type { Host } from './host.ts';

export interface KeptSetting {
  readonly ledger: Ledger;
  /** What is to be done, advice too. */
  plan(spec: NetworkSpec | undefined): Promise<readonly Change[]>;
  /** Does it, and fails where something is left to do afterwards. Resolves with what was done. */
  keep(spec: NetworkSpec | undefined): Promise<readonly Change[]>;
}

/** One setting on a host of the lab, kept by hand, with a ledger of its own. */
export const keptSetting = async (host: Host, setting: HostSetting): Promise<KeptSetting> => {
  const ledger = new Ledger(join(host.dir, `ledger-${setting.name}.json`));
  await ledger.load();
  const planned = (spec: NetworkSpec | undefined) => setting.plan(spec, ledger.of(setting.name));
  const plan = async (spec: NetworkSpec | undefined) => (await planned(spec)).map(({ change }) => change);
  return {
    ledger,
    plan,
    keep: async (spec) => {
      const changes = await planned(spec);
      await carryOut(setting, changes, { ledger });
      const left = (await plan(spec)).filter((change) => !isLeft(change));
      if (left.length > 0) throw new Error(`left to do: ${JSON.stringify(left)}`);
      return changes.map(({ change }) => change).filter((change) => !isLeft(change));
    },
  };
};
