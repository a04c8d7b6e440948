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
    ...(name === 'docker-proxies' ? { goesBefore: { setting: 'docker' } } : {}),
  }));
  await resetNetwork(settings, { ledger });
  t.same(order, ['old-docker-network', 'docker-proxies', 'docker', 'bridge']);
});

test('what is put in force by a setting that may not give back what is its stays too', async (t) => {
  const ledger = await aLedger(t);
  const touched: string[] = [];
  const kernel = aSetting(
    'kernel',
    () => [aChange()],
    () => touched.push('kernel'),
  );
  const docker = aSetting('docker', () => [aChange({ object: 'dockerd', held: 'network.docker.restart is never' })]);
  const { made, held } = await resetNetwork([{ ...kernel, goesBefore: { setting: 'docker' } }, docker], { ledger });
  t.same(touched, []);
  t.same(made, []);
  t.match(held, [{ object: 'dockerd' }]);
});

test('of a setting only what another puts in force is taken back before that one', async (t) => {
  const ledger = await aLedger(t);
  const order: string[] = [];
  const left = new Set(['forwarding', 'limits']);
  const kernel = aSetting(
    'kernel',
    () => [...left].map((object) => aChange({ object })),
    ({ object }) => {
      left.delete(object);
      order.push(object);
    },
  );
  const docker = aSetting(
    'docker',
    () => [aChange()],
    () => order.push('docker'),
  );
  const goesBefore = { setting: 'docker', entries: ['forwarding'] };
  await resetNetwork([{ ...kernel, goesBefore }, docker], { ledger });
  t.same(order, ['forwarding', 'docker', 'limits']);
});

test('what can be seen of a setting only after a change of it is taken back too', async (t) => {
  const ledger = await aLedger(t);
  const made: string[] = [];
  const docker = aSetting(
    'docker',
    () => (made.length === 0 ? [aChange({ object: 'dockerd', showsMore: true })] : [aChange({ object: 'network' })]),
    ({ object }) => made.push(object),
  );
  await resetNetwork([docker], { ledger });
  t.same(made, ['dockerd', 'network']);
});

test('a setting that shows more with every look does not keep a reset for ever', async (t) => {
  const ledger = await aLedger(t);
  const docker = aSetting('docker', () => [aChange({ object: 'dockerd', showsMore: true })]);
  t.match(await resetNetwork([docker], { ledger }), { held: [{ object: 'dockerd' }] });
});
