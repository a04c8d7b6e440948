import { test } from 'tap';
import { containerType, type PodStatus, podSpecType, podStatusType } from '../../../../daemon/pods/resources.ts';
import { meterProbe, meterStarts, podMeters } from '../../../../daemon/pods/stats/meters.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { aPod, aRun, aSandbox, aSpec } from '../../../support/pod-builders.ts';

const POD = 'default/web-n';
const inPhase = (phase: string, uid = 'uid-1'): PodStatus => ({ pod: { ...aPod({}, uid), status: { phase } } });

const aHost = () => {
  const clock = new FakeClock();
  const store = new Store();
  const meters = podMeters();
  meterStarts(meters, store, clock);
  const specs = store.claim(podSpecType, 'test');
  const statuses = store.claim(podStatusType, 'test');
  const containers = store.claim(containerType, 'test');
  return { clock, meters, specs, statuses, containers };
};

test('a pod start lasts from when the pod was seen first until it runs', async (t) => {
  const { clock, meters, specs, statuses } = aHost();
  specs.put(POD, aSpec());
  statuses.put(POD, inPhase('Pending'));
  await clock.advance(700);
  statuses.put(POD, inPhase('Running'));
  statuses.put(POD, inPhase('Pending'));
  t.match(meters.podStartDuration.series, [{ value: { count: 1, sum: 0.7 } }]);
});

test('what ran before the daemon began is no start', async (t) => {
  const { clock, meters, specs, statuses, containers } = aHost();
  await clock.advance(1000);
  specs.put(POD, aSpec());
  statuses.put(POD, inPhase('Running'));
  containers.put('old', { ...aRun(), startedAt: -1 });
  containers.put('sandbox', { ...aSandbox(), startedAt: 10 });
  containers.put('new', { ...aRun({ state: 'created' }), startedAt: 0 });
  containers.put('new', { ...aRun(), startedAt: 20 });
  t.same(meters.podStartDuration.series, []);
  t.match(meters.startedPods.series, [{ value: 1 }]);
  t.match(meters.startedContainers.series, [{ labels: { container_type: 'container' }, value: 1 }]);
});

test('the probes of a pod are forgotten with it, and when another takes its name', (t) => {
  const { meters, specs } = aHost();
  const probe = () => meterProbe(meters, { kind: 'liveness', outcome: 'success', seconds: 0.1, run: aRun() });
  specs.put(POD, aSpec());
  probe();
  t.match(meters.probeTotal.series, [
    { labels: { probe_type: 'Liveness', result: 'successful', container: 'main', pod: 'web-n', pod_uid: 'uid-1' } },
  ]);
  specs.put(POD, aSpec({}, 'uid-2'));
  t.same(meters.probeTotal.series, []);
  probe();
  specs.remove(POD);
  t.same(meters.probeDuration.series, []);
  t.end();
});
