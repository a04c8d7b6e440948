import { test } from 'tap';
import type { Originals } from '../../../../daemon/host/ledger.ts';
import type { Sysctls } from '../../../../daemon/host/sysctls.ts';
import { routeLocalnetSetting } from '../../../../daemon/network/host-ports/route-localnet.ts';
import { aHostPort, aNetworkSpec } from '../../../support/network-builders.ts';

const PATH = 'net/ipv4/conf/cbr0/route_localnet';

const aHost = (value: string) => {
  const values = new Map([[PATH, value]]);
  const sysctls: Sysctls = { read: (path) => values.get(path), write: async (path, to) => void values.set(path, to) };
  const settle = async (hostIPs: readonly string[], originals: Originals = {}, spec = true) => {
    const hostPorts = hostIPs.map((hostIP) => aHostPort({ hostIP }));
    const planned = await routeLocalnetSetting(sysctls).plan(spec ? aNetworkSpec({ hostPorts }) : undefined, originals);
    for (const { apply } of planned) await apply();
    return planned.map(({ change }) => change.ledger);
  };
  return { values, sysctls, settle, value: () => values.get(PATH) };
};

test('route_localnet is set on the bridge for a port on a loopback address, and entered', async (t) => {
  for (const hostIP of ['', '0.0.0.0', '127.0.0.1']) {
    const host = aHost('0');
    t.same(await host.settle([hostIP]), [{ do: 'enter', original: '0' }]);
    t.equal(host.value(), '1');
  }
});

test('it waits for the guard that keeps pods from what it would let them in to', async (t) => {
  t.ok(routeLocalnetSetting(aHost('0').sysctls).after.includes('loopback-guard'));
});

test('without such a port it is left as it is', async (t) => {
  const host = aHost('0');
  t.same(await host.settle([]), []);
  t.same(await host.settle(['192.0.2.1', '::']), []);
});

test('it is taken back with the last such port, and by a reset', async (t) => {
  const host = aHost('1');
  t.same(await host.settle([], { [PATH]: '0' }), [{ do: 'strike' }]);
  t.equal(host.value(), '0');
  host.values.set(PATH, '1');
  t.same(await host.settle([''], { [PATH]: '0' }, false), [{ do: 'strike' }]);
  t.equal(host.value(), '0');
});

test('what somebody else has set stays', async (t) => {
  const host = aHost('1');
  t.same(await host.settle(['']), []);
  t.same(await host.settle([]), []);
  t.equal(host.value(), '1');
});

test('of a bridge that is gone nothing is taken back', async (t) => {
  const host = aHost('1');
  host.values.clear();
  t.same(await host.settle([], { [PATH]: '0' }), [{ do: 'strike' }]);
  t.equal(host.value(), undefined);
});

test('while the ports are not known it is left as it is', async (t) => {
  const { sysctls } = aHost('1');
  t.same(await routeLocalnetSetting(sysctls).plan(aNetworkSpec(), { [PATH]: '0' }), []);
});
