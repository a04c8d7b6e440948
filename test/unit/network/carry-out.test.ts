import { join } from 'node:path';
import { type Test, test } from 'tap';
import { Ledger } from '../../../daemon/host/ledger.ts';
import { carryOut } from '../../../daemon/network/carry-out.ts';
import type { Change } from '../../../daemon/network/host-setting.ts';
import { aChange, aNetworkSpec, aSetting } from '../../support/network-builders.ts';

const aLedger = async (t: Test): Promise<Ledger> => {
  const ledger = new Ledger(join(t.testdir({}), 'ledger.json'));
  await ledger.load();
  return ledger;
};

const CREATION = aChange({ ledger: { do: 'enter', original: null, parts: { 'mac of cbr0': 'none' } } });

interface Failing {
  /** What a look finds after it has failed. */
  readonly afterwards: () => readonly Change[];
  readonly ledger: Ledger;
}

/** Carries out a creation that fails. */
const fail = async ({ afterwards, ledger }: Failing): Promise<void> => {
  let plan = (): readonly Change[] => [CREATION];
  const setting = aSetting(
    'bridge',
    () => plan(),
    () => {
      plan = afterwards;
      throw new Error('ip link add: no');
    },
  );
  await carryOut(setting, await setting.plan(aNetworkSpec(), ledger.of('bridge')), { ledger });
};

test('what could not be made at all is not kept in the ledger: another may make it later', async (t) => {
  const ledger = await aLedger(t);
  await t.rejects(fail({ ledger, afterwards: () => [CREATION] }), { message: 'ip link add: no' });
  t.ok(ledger.isEmpty);
});

test('what was made in part is kept in the ledger', async (t) => {
  const ledger = await aLedger(t);
  await t.rejects(fail({ ledger, afterwards: () => [{ ...CREATION, before: 'cbr0 mtu 1499' }] }));
  t.same(ledger.of('bridge'), { 'link cbr0': null, 'mac of cbr0': 'none' });
});

test('what cannot be told to be made or not is kept in the ledger, and the failure is that of the change', async (t) => {
  const ledger = await aLedger(t);
  const afterwards = (): never => {
    throw new Error('ip address show: no');
  };
  await t.rejects(fail({ ledger, afterwards }), { message: 'ip link add: no' });
  t.same(Object.keys(ledger.of('bridge')), ['link cbr0', 'mac of cbr0']);
});

test('what was entered before stays, whatever becomes of a later change', async (t) => {
  const ledger = await aLedger(t);
  await ledger.enter('bridge', 'link cbr0', null);
  await t.rejects(fail({ ledger, afterwards: () => [CREATION] }));
  t.same(ledger.of('bridge'), { 'link cbr0': null });
});
