import { join } from 'node:path';
import { type Test, test } from 'tap';
import { Ledger } from '../../../daemon/host/ledger.ts';
import { resetNetwork } from '../../../daemon/network/reset.ts';
import { aChange, aSetting } from '../../support/network-builders.ts';

const aLedger = async (t: Test): Promise<Ledger> => {
  const ledger = new Ledger(join(t.testdir({}), 'ledger.json'));
  await ledger.load();
  return ledger;
};

test('what was set up last is taken back first, and each is struck from the ledger once it is', async (t) => {
  const ledger = await aLedger(t);
  const order: string[] = [];
  const settings = ['bridge', 'docker'].map((name) =>
    aSetting(
      name,
      () => [aChange({ object: name, ledger: { do: 'strike' } })],
      () => order.push(`${name} ${Object.keys(ledger.of(name)).length}`),
    ),
  );
  for (const { name } of settings) await ledger.enter(name, name, 'as it was');
  const { made, held } = await resetNetwork(settings, { ledger });
  t.same(order, ['docker 1', 'bridge 1'], 'still entered while it is taken back');
  t.same(
    made.map(({ object }) => object),
    ['docker', 'bridge'],
  );
  t.same(held, []);
  t.ok(ledger.isEmpty);
});

test('a setting that may not give back what is its keeps those that it stands on', async (t) => {
  const ledger = await aLedger(t);
  const touched: string[] = [];
  const settings = [
    aSetting(
      'bridge',
      () => [aChange()],
      ({ object }) => touched.push(object),
    ),
    aSetting('docker', () => [aChange({ object: 'dockerd', held: 'network.docker.restart is never' })]),
  ];
  const { made, held } = await resetNetwork(settings, { ledger });
  t.same(touched, []);
  t.same(made, []);
  t.match(held, [{ object: 'dockerd' }]);
});

test('what a setting puts in force is taken back before that setting', async (t) => {
  const ledger = await aLedger(t);
  const order: string[] = [];
  const settings = ['bridge', 'docker-proxies', 'docker', 'old-docker-network'].map((name) => ({
    ...aSetting(
      name,
      () => [aChange()],
      () => order.push(name),
    ),
    ...(name === 'docker-proxies' ? { goesBefore: 'docker' } : {}),
  }));
  await resetNetwork(settings, { ledger });
  t.same(order, ['old-docker-network', 'docker-proxies', 'docker', 'bridge']);
});
