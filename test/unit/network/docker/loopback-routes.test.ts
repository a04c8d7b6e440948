import { test } from 'tap';
import type { Originals } from '../../../../daemon/host/ledger.ts';
import { loopbackRoutes } from '../../../../daemon/network/docker/loopback-routes.ts';
import { aBridgeNetwork, anEngineState } from './builders.ts';

const SWITCHED = { 'key userland-proxy': null };
const pathOf = (name: string): string => `net/ipv4/conf/${name}/route_localnet`;

/** `BRIDGE NOW ORIGINAL` of each */
const routes = (
  values: Readonly<Record<string, string>>,
  originals: Originals,
  more: Partial<Parameters<typeof loopbackRoutes>[0]> = {},
): readonly string[] => {
  const byPath = new Map(Object.entries({ default: '0', ...values }).map(([name, value]) => [pathOf(name), value]));
  const read = (path: string) => byPath.get(path);
  const given = { sysctls: { read }, originals, engine: undefined, links: Object.keys(values), ...more };
  return loopbackRoutes(given).map(({ path, now, original }) => `${path.split('/')[3]} ${now} ${original}`);
};

test('before Docker is switched, what is there is what was there', async (t) => {
  t.same(routes({ docker0: '1' }, {}), ['docker0 1 1']);
});

test('what the ledger has of a bridge is its original, and of a bridge that came later what new ones get', async (t) => {
  const originals = { ...SWITCHED, [pathOf('docker0')]: '1' };
  t.same(routes({ docker0: '1', 'br-0123456789ab': '1' }, originals), ['docker0 1 1', 'br-0123456789ab 1 0']);
});

test('bridges are found by Docker’s names for them, by what it says, and by the ledger, and no others', async (t) => {
  const network = aBridgeNetwork({ name: 'shop', bridgeName: 'shop0' });
  const originals = { ...SWITCHED, [pathOf('cbr0')]: '0' };
  const values = { docker0: '1', cbr0: '1', shop0: '1', virbr0: '1' };
  const engine = anEngineState({ userNetworks: [network] });
  t.same(routes(values, originals, { engine }).toSorted(), ['cbr0 1 0', 'docker0 1 0', 'shop0 1 0']);
  t.same(routes({}, originals, { engine }), [], 'none that is gone');
});
