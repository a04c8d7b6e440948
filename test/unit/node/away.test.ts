import type { Lease } from 'kubernetes-types/coordination/v1.d.ts';
import { test } from 'tap';
import { BootletError } from '../../../daemon/errors.ts';
import { leaseController } from '../../../daemon/node/lease/lease-controller.ts';
import { nodeMeters } from '../../../daemon/node/meters.ts';
import { nodeNewsController } from '../../../daemon/node/registration/node-news.ts';
import { clusterNodeType, registrationType } from '../../../daemon/node/resources.ts';
import { Engine } from '../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../daemon/reconcile/events.ts';
import { Store } from '../../../daemon/reconcile/store.ts';
import { nodePodCIDRsType } from '../../../daemon/shared-resources.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { ModelApiserver } from '../../support/model-apiserver.ts';

const MINUTE = 60_000;
const PATH = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1';

test('ten minutes without an apiserver change nothing that the host goes by, and end with the next renewal', async (t) => {
  const [clock, store, apiserver] = [new FakeClock(), new Store(), new ModelApiserver()];
  const events = new EventRing(clock);
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  const seen: unknown[] = [];
  const stopping = new AbortController().signal;
  const { leaseFailures: failures } = nodeMeters();
  engine.add(
    leaseController({ nodeName: 'n1', bootID: 'b', apiserver, clock, random: () => 0, events, failures, stopping }),
  );
  engine.add(nodeNewsController({ seeLabels: async (labels) => void seen.push(labels), events }));
  const node = { metadata: { labels: { zone: 'a' } }, spec: { podCIDRs: ['10.1.0.0/24'] } };
  store.claim(clusterNodeType, 'test').put('n1', { state: 'present', node });
  store.claim(registrationType, 'test').put('n1', { state: 'registered', uid: 'u' });
  engine.start();
  await clock.advance(MINUTE);
  const renewedAt = () => Date.parse((apiserver.objects.get(PATH) as Lease | undefined)?.spec?.renewTime ?? '');
  const before = renewedAt();
  const version = store.get(nodePodCIDRsType, 'n1');

  apiserver.before = () => {
    throw new BootletError('E_APISERVER_UNAVAILABLE', 'away');
  };
  apiserver.requests.length = 0;
  await clock.advance(10 * MINUTE);
  t.equal(renewedAt(), before);
  t.equal(store.get(nodePodCIDRsType, 'n1'), version, 'the range of pods holds');
  t.same(seen, [{ zone: 'a' }], 'and so do the labels');
  t.ok(apiserver.requests.length <= 80, `${apiserver.requests.length} requests are no storm`);

  apiserver.before = () => undefined;
  await clock.advance(10_000);
  t.ok(renewedAt() > before + 10 * MINUTE);
});
