import { test } from 'tap';
import { podNetworkController } from '../../../daemon/network/pod-network.ts';
import { NETWORK, networkSpecType, settingStateType } from '../../../daemon/network/resources.ts';
import { Engine } from '../../../daemon/reconcile/engine.ts';
import { Store } from '../../../daemon/reconcile/store.ts';
import { podNetworkType } from '../../../daemon/shared-resources.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { aNetworkSpec } from '../../support/network-builders.ts';

test('pods wait for the settings that they need, and for no others', async (t) => {
  const store = new Store();
  const clock = new FakeClock();
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  const settings = [
    { name: 'bridge', podsNeed: true },
    { name: 'old-docker-network', podsNeed: false },
  ];
  engine.add(podNetworkController({ nodeName: 'n', settings, ownHostPorts: true }));
  const states = store.claim(settingStateType, 'test');
  store.claim(networkSpecType, 'test').put(NETWORK, aNetworkSpec());
  engine.start();
  t.teardown(() => engine.stop());
  await clock.settle();
  t.match(store.get(podNetworkType, 'n'), { state: 'waiting', message: 'bridge is being set up' });
  const settledFor = aNetworkSpec();
  states.put('bridge', { state: 'settled', message: '', advice: '', settledFor, repairs: 0 });
  await clock.settle();
  t.match(store.get(podNetworkType, 'n'), { state: 'ready', podCIDRs: ['10.22.3.0/24'] });
});
