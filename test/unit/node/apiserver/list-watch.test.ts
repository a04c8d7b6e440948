import { pino } from 'pino';
import { type Test, test } from 'tap';
import type { ApiCall } from '../../../../daemon/node/apiserver/apiserver.ts';
import { ListWatch } from '../../../../daemon/node/apiserver/list-watch.ts';
import { type Session, sessionType } from '../../../../daemon/node/resources.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { scriptedApiserver } from '../../../support/scripted-apiserver.ts';

const MINUTE = 60_000;
const PATH = '/api/v1/pods';

const item = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } });
const listOf = (resourceVersion: string, ...names: string[]) => ({
  metadata: { resourceVersion },
  items: names.map((name) => item(name, '1')),
});
const aSessionOf = (more: Partial<Session> = {}): Session => ({
  ...{ generation: 1, server: 'https://a', state: 'answers', message: '', since: 0 },
  ...more,
});
const nameOf = (object: unknown): string => {
  const { metadata } = object as { metadata: { name: string } };
  return metadata.name;
};

/** A list-watch that writes down all that it tells. */
const aListWatch = async (t: Test, list: (call: ApiCall, now: number) => unknown, { hasSession = true } = {}) => {
  const [clock, store] = [new FakeClock(), new Store()];
  const sessions = store.claim(sessionType, 'session');
  if (hasSession) sessions.put('n', aSessionOf());
  const scripted = scriptedApiserver((call) => list(call, clock.now()));
  const told: string[] = [];
  const watch = new ListWatch<string>({
    ...{ apiserver: scripted.apiserver, store, nodeName: 'n', path: PATH, query: { fieldSelector: 'f' } },
    ...{ decode: nameOf, clock, random: () => 0, log: pino({ enabled: false }) },
    handler: {
      replaced: (items) => told.push(`= ${items.join(' ')}`),
      changed: (name) => told.push(`+ ${name}`),
      removed: (name) => told.push(`- ${name}`),
      failed: (error) => told.push(`! ${error instanceof Error ? error.message : ''}`),
    },
  });
  watch.start();
  t.teardown(() => watch.stop());
  await clock.settle();
  const { calls, watches } = scripted;
  const last = () => {
    const found = watches.at(-1);
    if (found === undefined) throw new Error('no watch was begun');
    return found;
  };
  return { clock, sessions, told, calls, watches, last, watch };
};

test('all is told at first, then what changes; the watch goes on from where the list was', async (t) => {
  const { clock, told, last, calls } = await aListWatch(t, () => listOf('7', 'a', 'b'));
  t.same(
    calls.map(({ query }) => query),
    [{ fieldSelector: 'f', limit: '500' }],
  );
  t.same(last().query, {
    ...{ fieldSelector: 'f', resourceVersion: '7', allowWatchBookmarks: 'true', timeoutSeconds: '300' },
  });
  last().send('ADDED', item('c', '8'));
  last().send('MODIFIED', item('a', '9'));
  last().send('DELETED', item('b', '10'));
  await clock.settle();
  t.same(told, ['= a b', '+ c', '+ a', '- b']);
});

test('a list comes in pages and is told as one', async (t) => {
  const { told, calls } = await aListWatch(t, ({ query }) =>
    query?.['continue'] === undefined
      ? { metadata: { resourceVersion: '7', continue: 'next' }, items: [item('a', '1')] }
      : listOf('7', 'b'),
  );
  t.same(
    calls.map(({ query }) => query?.['continue']),
    [undefined, 'next'],
  );
  t.same(told, ['= a b']);
});

test('after a clean end the watch goes on from the last bookmark without another list', async (t) => {
  const { clock, told, last, calls, watches } = await aListWatch(t, () => listOf('7', 'a'));
  last().send('BOOKMARK', item('', '40'));
  await clock.advance(5 * MINUTE);
  last().end();
  await clock.settle();
  t.equal(watches.length, 2);
  t.equal(last().query['resourceVersion'], '40');
  t.equal(calls.length, 1);
  t.same(told, ['= a']);
});

test('after 410 all is listed again', async (t) => {
  let version = 7;
  const { clock, told, last, calls } = await aListWatch(t, () => listOf(String(version++), 'a'));
  await clock.advance(MINUTE);
  last().send('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' });
  await clock.settle();
  await clock.advance(1_000);
  t.equal(calls.length, 2);
  t.equal(last().query['resourceVersion'], '8');
  t.match(told, ['= a', /^! .*410 Expired: too old/, '= a']);
});

test('after a break all is listed again, and what fails is tried more and more slowly', async (t) => {
  const at: number[] = [];
  const { clock, last } = await aListWatch(t, (_, now) => {
    at.push(now);
    if (at.length > 1) throw new Error('away');
    return listOf('7', 'a');
  });
  await clock.advance(MINUTE);
  last().fail(new Error('reset'));
  await clock.advance(10 * MINUTE);
  const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0) - (index === 0 ? MINUTE : 0));
  t.same(pauses.slice(0, 5), [250, 500, 1_000, 2_000, 4_000]);
  t.equal(Math.max(...pauses), 15_000, 'half of the cap, as the random half is 0');
});

test('watches that are ended as soon as they begin are begun ever more slowly', async (t) => {
  const { clock, last, watches } = await aListWatch(t, () => listOf('7'));
  for (let i = 0; i < 20; i++) {
    last().end();
    await clock.advance(500);
  }
  t.ok(watches.length <= 6, `${watches.length} in 10 s`);
});

test('a watch that does not end when it should is given up', async (t) => {
  const { clock, watches, told } = await aListWatch(t, () => listOf('7'));
  await clock.advance(6 * MINUTE);
  t.equal(watches.length, 2);
  t.ok(watches[0]?.isOver);
  t.match(told, ['= ', /did not end/, '= ']);
});

test('it waits for a session, and lists again by a new one', async (t) => {
  const { clock, sessions, told, calls, watches } = await aListWatch(t, () => listOf('7', 'a'), { hasSession: false });
  await clock.advance(MINUTE);
  t.equal(calls.length, 0);
  sessions.put('n', aSessionOf());
  await clock.settle();
  t.same(told, ['= a']);
  sessions.put('n', aSessionOf({ generation: 2 }));
  await clock.settle();
  t.same(told, ['= a', '= a']);
  t.same(
    watches.map(({ isOver }) => isOver),
    [true, false],
  );
});

test('a server that is back is asked at once', async (t) => {
  let isAway = true;
  const { clock, sessions, told } = await aListWatch(t, () => {
    if (isAway) throw new Error('away');
    return listOf('7', 'a');
  });
  sessions.put('n', aSessionOf({ state: 'away' }));
  await clock.advance(10 * MINUTE);
  isAway = false;
  const before = clock.now();
  sessions.put('n', aSessionOf());
  await clock.settle();
  t.equal(clock.now(), before);
  t.equal(told.at(-1), '= a');
});

test('nothing is told after it was stopped', async (t) => {
  const { clock, told, last, watch } = await aListWatch(t, () => listOf('7', 'a'));
  last().send('ADDED', item('late', '8'));
  watch.stop();
  await clock.advance(10 * MINUTE);
  t.same(told, ['= a']);
  t.ok(last().isOver);
});

test('a list that is stopped on its way is not told', async (t) => {
  const answer = Promise.withResolvers<unknown>();
  const { clock, told, watch } = await aListWatch(t, () => answer.promise);
  watch.stop();
  answer.resolve(listOf('7', 'a'));
  await clock.settle();
  t.same(told, []);
});
