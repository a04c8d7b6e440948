import { test } from 'tap';
import { hostHardwareType, registrationType } from '../../../../daemon/node/resources.ts';
import { hardwareController } from '../../../../daemon/node/status/hardware.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { until } from '../../../lab/until.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

test('the machine is looked at when the host has been registered for a while, and not before', async (t) => {
  const store = new Store();
  const clock = new FakeClock();
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  engine.add(hardwareController({ clock }));
  engine.start();
  await clock.advance(60_000);
  store.claim(registrationType, 'test').put('n1', { state: 'registered', uid: 'u' });
  await clock.advance(29_000);
  t.equal(clock.timers, 1);
  t.equal(store.get(hostHardwareType, 'n1'), undefined);
  await clock.advance(1000);
  const { processor } = await until(() => store.get(hostHardwareType, 'n1'), { what: 'the machine was looked at' });
  t.not(processor, '');
});
