import { test } from 'tap';
import { refuseForeignNetwork } from '../../../../daemon/network/docker/refusals.ts';
import { aBridgeNetwork, anEngineState } from './builders.ts';

const foreign = (name: string, bridgeName: string) => aBridgeNetwork({ name, bridgeName, isOwn: false });

test('a network of others on the bridge is refused, whatever its name', (t) => {
  const refuse = () =>
    refuseForeignNetwork(anEngineState({ userNetworks: [foreign('shop', 'cbr0')] }), {
      bridge: 'cbr0',
      name: 'bridge',
    });
  t.throws(refuse, {
    code: 'E_NETWORK_REFUSED',
    message: 'Docker has the network shop on cbr0, which bootlet did not make',
  });
  t.end();
});

test("a network of others by the name of bootlet's is refused only where there is to be one by it", (t) => {
  const state = anEngineState({ userNetworks: [foreign('bootlet', 'br-1')] });
  t.throws(() => refuseForeignNetwork(state, { bridge: 'cbr0', name: 'bootlet' }), {
    message: 'Docker has the network bootlet on br-1, which bootlet did not make',
  });
  t.doesNotThrow(() => refuseForeignNetwork(state, { bridge: 'cbr0', name: 'bridge' }));
  t.end();
});

test('so is one of a driver that knows no bridge', (t) => {
  const state = anEngineState({ networks: [{ id: 'm1', name: 'bootlet', driver: 'macvlan', pools: [] }] });
  t.throws(() => refuseForeignNetwork(state, { bridge: 'cbr0', name: 'bootlet' }), {
    message: 'Docker has the network bootlet of the driver macvlan, which bootlet did not make',
  });
  t.doesNotThrow(() => refuseForeignNetwork(state, { bridge: 'cbr0', name: 'bridge' }));
  t.end();
});

test("bootlet's own is no stranger", (t) => {
  const own = aBridgeNetwork({ name: 'bootlet', bridgeName: 'cbr0', isOwn: true });
  const state = anEngineState({ userNetworks: [own] });
  t.doesNotThrow(() => refuseForeignNetwork(state, { bridge: 'cbr0', name: 'bootlet' }));
  t.end();
});
