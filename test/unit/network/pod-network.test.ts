import { type Test, test } from 'tap';
import { podNetworkController } from '../../../daemon/network/pod-network.ts';
import { NETWORK, networkSpecType, settingStateType, unmanagedType } from '../../../daemon/network/resources.ts';
import { Engine } from '../../../daemon/reconcile/engine.ts';
import { Store } from '../../../daemon/reconcile/store.ts';
import { podNetworkType } from '../../../daemon/shared-resources.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { aNetworkSpec } from '../../support/network-builders.ts';

/** A controller whose pods need the first of two settings. */
const start = (t: Test) => {
  const store = new Store();
  const clock = new FakeClock();
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  const settings = [
    { name: 'bridge', podsNeed: true },
    { name: 'old-docker-network', podsNeed: false },
  ];
  engine.add(podNetworkController({ nodeName: 'n', settings, ownsDocker: true }));
  engine.start();
  t.teardown(() => engine.stop());
  return {
    clock,
    states: store.claim(settingStateType, 'test'),
    specs: store.claim(networkSpecType, 'test'),
    unmanaged: store.claim(unmanagedType, 'test'),
    network: () => store.get(podNetworkType, 'n'),
  };
};

test('pods wait for the settings that they need, and for no others', async (t) => {
  const { clock, states, specs, network } = start(t);
  specs.put(NETWORK, aNetworkSpec());
  await clock.settle();
  t.match(network(), { state: 'waiting', message: 'bridge is being set up' });
  const settledFor = aNetworkSpec();
  states.put('bridge', { state: 'settled', message: '', advice: '', settledFor, repairs: 0 });
  await clock.settle();
  t.match(network(), { state: 'ready', podCIDRs: ['10.22.3.0/24'], bridge: 'cbr0' });
});

test('pods have the network of the runtime where nothing was made of it, and wait where it was left as bootlet made it', async (t) => {
  const { clock, unmanaged, network } = start(t);
  unmanaged.put(NETWORK, { reason: 'NotManaged', isAbandoned: false });
  await clock.settle();
  t.match(network(), { state: 'ready', podCIDRs: undefined, hostPorts: 'runtime' });
  for (const [reason, why] of [
    ['NotManaged', /network\.manage is false.*bootlet reset --network gives it back/],
    ['NoPodCIDR', /no range is configured.*bootlet reset --network gives it back/],
  ] as const) {
    unmanaged.put(NETWORK, { reason, isAbandoned: true });
    await clock.settle();
    t.match(network(), { state: 'waiting', reason: 'NetworkAbandoned', message: why });
  }
});
