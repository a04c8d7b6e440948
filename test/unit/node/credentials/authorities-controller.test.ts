import { test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { authoritiesController } from '../../../../daemon/node/credentials/authorities-controller.ts';
import { authoritiesType, joinStateType } from '../../../../daemon/node/resources.ts';
import { Engine, troubleType } from '../../../../daemon/reconcile/engine.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const HOUR = 3_600_000;

const worldWith = (refresh: () => Promise<boolean>) => {
  const clock = new FakeClock();
  const store = new Store();
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  engine.add(authoritiesController({ nodeName: 'n1', known: { refresh }, clock, random: () => 0 }));
  const joined = store.claim(joinStateType, 'test');
  engine.start();
  return { clock, store, join: () => joined.put('n1', { state: 'joined' }) };
};

test('a host that joined looks for new authorities every hour or two, and not while it joins', async (t) => {
  let looks = 0;
  const { clock, store, join } = worldWith(async () => ++looks === 2);
  await clock.advance(HOUR);
  t.equal(looks, 0, 'it has not joined');
  join();
  await clock.advance(59_000);
  t.equal(looks, 0);
  await clock.advance(1000);
  t.equal(looks, 1);
  t.equal(store.get(authoritiesType, 'n1'), undefined);
  await clock.advance(HOUR);
  t.equal(looks, 2);
  t.same(store.get(authoritiesType, 'n1'), { changes: 1 });
});

test('a cluster without cluster-info is no trouble, and one that cannot be verified is', async (t) => {
  const errors = [new BootletError('E_CLUSTER_INFO', 'none'), new BootletError('E_TLS_UNTRUSTED', 'another')];
  const { clock, store, join } = worldWith(() => Promise.reject(errors.shift()));
  join();
  await clock.advance(60_000);
  t.equal(store.get(troubleType, 'authorities/n1'), undefined);
  await clock.advance(HOUR);
  t.match(store.get(troubleType, 'authorities/n1'), { code: 'E_TLS_UNTRUSTED' });
});
