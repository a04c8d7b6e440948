import { pino } from 'pino';
import { test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { ClusterEvents } from '../../../../daemon/node/events/cluster-events.ts';
import { registrationType, type Session, sessionType } from '../../../../daemon/node/resources.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ModelApiserver } from '../../../support/model-apiserver.ts';

const aSession: Session = { generation: 1, server: '', state: 'answers', message: '', since: 0 };

const setUp = ({ isRegistered = true } = {}) => {
  const [clock, store, apiserver] = [new FakeClock(), new Store(), new ModelApiserver()];
  const events = new EventRing(clock);
  const sessions = store.claim(sessionType, 'test');
  const registrations = store.claim(registrationType, 'test');
  const register = () => registrations.put('n', { state: 'registered', uid: 'node-1' });
  if (isRegistered) register();
  const sender = new ClusterEvents({
    ...{ nodeName: 'n', events, apiserver, store, clock, random: () => 0, log: pino({ enabled: false }) },
  });
  sender.start();
  const report = (message: string, name = 'web') =>
    events.report({ type: 'Normal', reason: 'Pulled', message, subject: { kind: 'Pod', namespace: 'ns', name } });
  return { clock, apiserver, events, sessions, register, sender, report };
};

test('an event that happens again is counted by a patch, and made anew once the cluster has forgotten it', async (t) => {
  const { clock, apiserver, report } = setUp();
  report('one');
  report('one');
  await clock.advance(0);
  const [created = '', patched = ''] = apiserver.requests;
  t.equal(created, 'POST /api/v1/namespaces/ns/events');
  t.match(patched, /^PATCH \/api\/v1\/namespaces\/ns\/events\/web\.[0-9a-f]+$/);
  apiserver.objects.clear();
  report('one');
  await clock.advance(0);
  t.same(apiserver.requests.slice(2), [patched, created]);
});

test('what happens before the host is registered, or while the apiserver is away, is told afterwards', async (t) => {
  const { clock, apiserver, register, sessions, report } = setUp({ isRegistered: false });
  report('early');
  await clock.advance(60_000);
  t.same(apiserver.requests, []);
  register();
  await clock.advance(0);
  t.equal(apiserver.objects.size, 1);
  sessions.put('n', { ...aSession, state: 'away' });
  report('late');
  await clock.advance(60_000);
  t.equal(apiserver.objects.size, 1);
  sessions.put('n', aSession);
  await clock.advance(0);
  t.equal(apiserver.objects.size, 2);
});

test('an event is sent until the cluster has it, with pauses', async (t) => {
  const { clock, apiserver, report } = setUp();
  apiserver.before = () => {
    throw new BootletError('E_APISERVER_UNAVAILABLE', 'away');
  };
  report('one');
  await clock.advance(60_000);
  t.ok(apiserver.requests.length > 2 && apiserver.requests.length < 12, `${apiserver.requests.length}`);
  apiserver.before = () => undefined;
  await clock.advance(30_000);
  t.equal(apiserver.objects.size, 1);
});

test('of too many that wait the oldest are left out, and counted', async (t) => {
  const { clock, apiserver, register, sender, report } = setUp({ isRegistered: false });
  for (let n = 0; n < 1010; n++) report('one', `pod-${n}`);
  t.equal(sender.dropped, 10);
  register();
  await clock.advance(0);
  t.equal(apiserver.objects.size, 100, 'a burst');
  await clock.advance(1000);
  t.equal(apiserver.objects.size, 150, 'and then 50 a second');
  await clock.advance(60_000);
  t.equal(apiserver.objects.size, 1000);
  t.notOk([...apiserver.objects.keys()].some((path) => path.includes('/pod-9.')));
  t.ok([...apiserver.objects.keys()].some((path) => path.includes('/pod-10.')));
});

test('nothing is sent after it was stopped', async (t) => {
  const { clock, apiserver, sender, report } = setUp();
  sender.stop();
  report('one');
  await clock.advance(60_000);
  t.same(apiserver.requests, []);
  t.equal(clock.timers, 0);
});
