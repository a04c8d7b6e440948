import { join } from 'node:path';
import { type Test, test } from 'tap';
import { schema } from '../../daemon/config/schema.ts';
import { Ledger } from '../../daemon/host/ledger.ts';
import { planHost } from '../../daemon/plan.ts';
import { stateFolder } from '../support/state-folder.ts';

const planWith = (state: string) => {
  const { fallback } = schema;
  const paths = { ...fallback.paths, state };
  return planHost({ ...fallback, paths, network: { ...fallback.network, manage: false } });
};

const changedBefore = async (t: Test): Promise<string> => {
  const state = stateFolder(t);
  await new Ledger(join(state, 'ledger.json')).enter('bridge', 'cbr0 link', null);
  return state;
};

test('where the network is not to be kept nothing is touched', async (t) => {
  t.match(await planWith(stateFolder(t)), { spec: undefined, why: 'network.manage is false', isAbandoned: false });
});

test('where the network is not to be kept any more what is left of it is told of, with the way out', async (t) => {
  const why = /^network\.manage is false, but this host still has .* bootlet reset --network gives it back/;
  t.match(await planWith(await changedBefore(t)), { spec: undefined, why, isAbandoned: true });
});
