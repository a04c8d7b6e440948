import { test } from 'tap';
import { clusterMetrics } from '../../../../daemon/api/metrics/cluster.ts';
import { credentialsType, leaseStateType, sessionType } from '../../../../daemon/node/resources.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';

const seriesOf = (store: Store) => clusterMetrics(store).map(({ series }) => series);

test('without a cluster there is nothing to measure of one', async (t) => {
  t.same(seriesOf(new Store()), [[], [], []]);
});

test("the certificate's end, the connection and the last renewal of the lease are measured in seconds", async (t) => {
  const store = new Store();
  const certificate = { fingerprint: 'AA', notBefore: 0, notAfter: 5000, rotateAt: 4000 };
  store.claim(credentialsType, 'test').put('n', { kind: 'bootstrap-token', user: 'system:node:n', certificate });
  store
    .claim(sessionType, 'test')
    .put('n', { generation: 1, server: 'https://10.0.0.1', state: 'away', message: '', since: 0 });
  store.claim(leaseStateType, 'test').put('n', { renewedAt: 3000, rival: '' });
  t.same(seriesOf(store), [
    [{ labels: {}, value: 5 }],
    [{ labels: { state: 'away' }, value: 1 }],
    [{ labels: {}, value: 3 }],
  ]);
});
