import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { Ledger } from '../../../daemon/host/ledger.ts';
import { bootGuardSetting, bootSetting } from '../../../daemon/network/boot.ts';
import { batchOf } from '../../../daemon/network/bridge/plan-bridge.ts';
import { targetOf } from '../../../daemon/network/bridge/target.ts';
import { carryOut } from '../../../daemon/network/carry-out.ts';
import { rangeOf } from '../../../daemon/network/plan-spec.ts';
import type { NetworkSpec } from '../../../daemon/network/resources.ts';
import { aNetworkSpec } from '../../support/network-builders.ts';
import { stateFolder } from '../../support/state-folder.ts';

const aWorld = async (
  t: Test,
  { isDockers = false, fault = async (): Promise<string | undefined> => undefined } = {},
) => {
  const folder = stateFolder(t);
  const file = join(folder, 'boot/bridge.batch');
  const ledger = new Ledger(join(folder, 'ledger.json'));
  await ledger.load();
  const setting = bootSetting({ file, isDockers, fault });
  const plan = (spec: NetworkSpec | undefined) => setting.plan(spec, ledger.of('boot'));
  const keep = async (spec: NetworkSpec | undefined) => carryOut(setting, await plan(spec), { ledger });
  return { folder, file, ledger, plan, keep };
};

test('what makes the bridge at boot is written for root alone, once, and again when the network is another', async (t) => {
  const { file, plan, keep } = await aWorld(t);
  const spec = aNetworkSpec();
  await keep(spec);
  t.equal(await readFile(file, 'utf8'), `${batchOf(targetOf(spec)).join('\n')}\n`);
  t.equal((await stat(file)).mode & 0o777, 0o600);
  t.same(await plan(spec), []);
  const other = aNetworkSpec({ ranges: [rangeOf('10.9.0.0/24')] });
  await keep(other);
  t.match(await readFile(file, 'utf8'), 'address replace 10.9.0.1/24 dev cbr0');
});

test('a reset leaves nothing of it', async (t) => {
  const { folder, ledger, plan, keep } = await aWorld(t);
  await keep(aNetworkSpec());
  await keep(undefined);
  t.notOk(existsSync(join(folder, 'boot')));
  t.ok(ledger.isEmpty);
  t.same(await plan(undefined), []);
});

test('a bridge that Docker makes itself needs nothing at boot', async (t) => {
  const { file, plan } = await aWorld(t, { isDockers: true, fault: async () => 'is not asked' });
  t.same(await plan(aNetworkSpec()), []);
  t.notOk(existsSync(file));
});

test('it is not settled while nothing would make the bridge before Docker starts', async (t) => {
  let fault: string | undefined = 'bootlet-network.service is not enabled';
  const { plan, keep } = await aWorld(t, { fault: async () => fault });
  await keep(aNetworkSpec());
  t.match(
    (await plan(aNetworkSpec())).map(({ change }) => change.held),
    ['bootlet-network.service is not enabled'],
  );
  fault = undefined;
  t.same(await plan(aNetworkSpec()), []);
});

test('the guard of 127.0.0.1 is written down for the tools in use, where there are pods of IPv4', async (t) => {
  const folder = stateFolder(t);
  const file = join(folder, 'boot/loopback-guard.rules');
  const ledger = new Ledger(join(folder, 'ledger.json'));
  await ledger.load();
  const setting = bootGuardSetting(file, { of: async () => ({ tool: 'iptables-legacy' }) });
  const keep = async (spec: NetworkSpec | undefined) =>
    carryOut(setting, await setting.plan(spec, ledger.of('boot-guard')), { ledger });
  await keep(aNetworkSpec());
  t.match(await readFile(file, 'utf8'), /^# iptables-legacy-restore\n\*mangle\n/);
  await keep(aNetworkSpec({ ranges: [rangeOf('fd00::/64')] }));
  t.notOk(existsSync(file));
  await keep(undefined);
  t.ok(ledger.isEmpty);
});
