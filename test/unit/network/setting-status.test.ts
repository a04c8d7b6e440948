import { join } from 'node:path';
import { type Test, test } from 'tap';
import { BootletError } from '../../../daemon/errors.ts';
import { Ledger } from '../../../daemon/host/ledger.ts';
import type { Change } from '../../../daemon/network/host-setting.ts';
import {
  NETWORK,
  networkEventType,
  networkSpecType,
  type SettingStatus,
  settingStatusType,
} from '../../../daemon/network/resources.ts';
import { settingController } from '../../../daemon/network/setting-controller.ts';
import { settingStatusController, troubleText } from '../../../daemon/network/setting-status.ts';
import { Engine } from '../../../daemon/reconcile/engine.ts';
import { Store } from '../../../daemon/reconcile/store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { aChange, aNetworkSpec, aSetting } from '../../support/network-builders.ts';

/** A host with one setting, `bridge`, that is as `plan` says, and whose status is waited for in real time, as the ledger writes files. */
const aHost = async (t: Test, plan: () => readonly Change[], apply?: (change: Change) => void) => {
  const store = new Store();
  const clock = new FakeClock();
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  const settings = [aSetting('bridge', plan, apply)];
  const ledger = new Ledger(join(t.testdir({}), 'ledger.json'));
  await ledger.load();
  const events = { report: () => undefined };
  engine.add(settingController({ settings, ledger, clock, pollSeconds: 10, nodeName: 'n', events }));
  engine.add(settingStatusController({ settings, clock }));
  const spec = store.claim(networkSpecType, 'test');
  const happened = store.claim(networkEventType, 'test');
  engine.start();
  t.teardown(() => engine.stop());
  const status = () => store.get(settingStatusType, 'bridge');
  const becomes = (state: SettingStatus['state']): Promise<SettingStatus> =>
    new Promise((resolve) => {
      const look = (): void => {
        const now = status();
        if (now?.state === state) resolve(now);
      };
      t.teardown(store.watch(settingStatusType, look));
      look();
    });
  return { clock, spec, happened, status, becomes };
};

test('without a specification there is nothing to tell of a setting', async (t) => {
  const host = await aHost(t, () => []);
  await host.clock.settle();
  t.equal(host.status(), undefined);
});

test('a setting that is as configured is settled', async (t) => {
  const host = await aHost(t, () => []);
  host.spec.put(NETWORK, aNetworkSpec());
  t.same(await host.becomes('settled'), { state: 'settled', message: '', since: 0, repairs: 0 });
});

test('a change that bootlet may not make is held, with the reason', async (t) => {
  const host = await aHost(t, () => [aChange({ held: 'network.docker.restart is never' })]);
  host.spec.put(NETWORK, aNetworkSpec());
  t.match(await host.becomes('held'), { message: 'network.docker.restart is never' });
});

test('what is held is told with the advice', async (t) => {
  const host = await aHost(t, () => [aChange({ held: 'restart is never' }), aChange({ advice: 'remove it' })]);
  host.spec.put(NETWORK, aNetworkSpec());
  t.match(await host.becomes('held'), { message: 'restart is never; remove it' });
});

test('what a setting waits for is told as a sentence', async (t) => {
  const waiting = { kind: 'waiting', message: 'bridge to be as configured' } as const;
  t.equal(troubleText(waiting), 'waits for bridge to be as configured');
});

test('advice is told, never made, and keeps nothing waiting', async (t) => {
  const made: Change[] = [];
  const host = await aHost(
    t,
    () => [aChange({ advice: 'remove the rule of kubenet' })],
    (change) => made.push(change),
  );
  host.spec.put(NETWORK, aNetworkSpec());
  t.match(await host.becomes('settled'), { message: 'remove the rule of kubenet' });
  t.same(made, []);
});

test('a failure is told with its code and the way out, and remembered when it is over', async (t) => {
  let isBroken = true;
  const host = await aHost(t, () => {
    if (isBroken) throw new BootletError('E_HOST_COMMAND', 'ip: no', { hint: 'install iproute2' });
    return [];
  });
  host.spec.put(NETWORK, aNetworkSpec());
  t.match(await host.becomes('failing'), { message: 'ip: no', code: 'E_HOST_COMMAND', hint: 'install iproute2' });
  isBroken = false;
  await host.clock.advance(1000);
  const { code, lastFailure } = await host.becomes('settled');
  t.equal(code, undefined);
  t.same(lastFailure, { message: 'ip: no', at: 0 });
});

test('a repair is counted, and the setting stays settled since the beginning', async (t) => {
  let changes: readonly Change[] = [];
  const host = await aHost(
    t,
    () => changes,
    () => {
      changes = [];
    },
  );
  host.spec.put(NETWORK, aNetworkSpec());
  await host.becomes('settled');
  await host.clock.advance(60_000);
  changes = [aChange()];
  host.happened.put('links', { count: 1 });
  while (host.status()?.repairs !== 1) await host.clock.settle();
  t.match(host.status(), { state: 'settled', repairs: 1, since: 0 });
});
