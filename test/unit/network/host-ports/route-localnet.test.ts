import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'tap';
import type { Originals } from '../../../../daemon/host/ledger.ts';
import { routeLocalnetSetting } from '../../../../daemon/network/host-ports/route-localnet.ts';
import { aHostPort, aNetworkSpec } from '../../../support/network-builders.ts';

const aHost = (dir: string, value: string) => {
  const file = join(dir, 'sys/net/ipv4/conf/cbr0/route_localnet');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, value);
  const settle = async (hostIPs: readonly string[], originals: Originals = {}, spec = true) => {
    const setting = routeLocalnetSetting(() => hostIPs.map((hostIP) => aHostPort({ hostIP })), dir);
    const planned = await setting.plan(spec ? aNetworkSpec() : undefined, originals);
    for (const { apply } of planned) await apply();
    return planned.map(({ change }) => change.ledger);
  };
  return { file, settle, value: () => readFileSync(file, 'utf8') };
};

test('route_localnet is set on the bridge for a port on a loopback address, and entered', async (t) => {
  for (const hostIP of ['', '0.0.0.0', '127.0.0.1']) {
    const host = aHost(t.testdir(), '0\n');
    t.same(await host.settle([hostIP]), [{ do: 'enter', original: '0' }]);
    t.equal(host.value(), '1');
  }
});

test('without such a port it is left as it is', async (t) => {
  const host = aHost(t.testdir(), '0\n');
  t.same(await host.settle([]), []);
  t.same(await host.settle(['192.0.2.1', '::']), []);
});

test('it is taken back with the last such port, and by a reset', async (t) => {
  const host = aHost(t.testdir(), '1\n');
  t.same(await host.settle([], { [host.file]: '0' }), [{ do: 'strike' }]);
  t.equal(host.value(), '0');
  writeFileSync(host.file, '1\n');
  t.same(await host.settle([''], { [host.file]: '0' }, false), [{ do: 'strike' }]);
  t.equal(host.value(), '0');
});

test('what somebody else has set stays', async (t) => {
  const host = aHost(t.testdir(), '1\n');
  t.same(await host.settle(['']), []);
  t.same(await host.settle([]), []);
  t.equal(host.value(), '1\n');
});
