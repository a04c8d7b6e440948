import { test } from 'tap';
import type { ApiCall } from '../../../../daemon/node/apiserver/apiserver.ts';
import { issue, newAuthority } from '../../../lab/certificate.ts';
import { fakeApiserver, json, statusOf } from '../../../lab/fake-apiserver.ts';
import { muteProxy } from '../../../lab/mute-proxy.ts';
import { until } from '../../../lab/until.ts';
import { apiserverCertificate } from '../../../support/apiserver-certificate.ts';
import { anAccess, aSession } from '../../../support/apiserver-session.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const { authority, certificate, caPem } = await apiserverCertificate();
const node: ApiCall = { method: 'GET', path: '/api/v1/nodes/n' };
const LOOK_MS = 4_000;

test('of several servers the preferred one is asked as long as it answers', async (t) => {
  const [a, b] = [await fakeApiserver(t, { certificate }), await fakeApiserver(t, { certificate })];
  const clock = new FakeClock();
  const { session } = aSession(t, { clock });
  session.use(anAccess([a.url, b.url], { caPem }));
  for (let i = 0; i < 3; i++) await session.call(node);
  await clock.advance(60_000);
  t.same([a.requests.length, b.requests.length, a.probes, b.probes], [3, 0, 0, 0]);
  t.equal(b.connections.made, 0);
});

test('a server that is killed is replaced at once, and named; once it is well again it is gone back to', async (t) => {
  const [a, b] = [await fakeApiserver(t, { certificate }), await fakeApiserver(t, { certificate })];
  const clock = new FakeClock();
  const { session, shown } = aSession(t, { clock });
  session.use(anAccess([a.url, b.url], { caPem }));
  await session.call(node);
  await a.kill();
  const begun = performance.now();
  t.match(await session.call(node), { status: 200 });
  t.ok(performance.now() - begun < 2_000);
  t.match(shown(), { server: b.url, state: 'answers', message: new RegExp(`${a.url} does not answer: .*ECONN`) });
  const again = await fakeApiserver(t, { certificate, port: a.port });
  again.ready(500);
  await clock.advance(LOOK_MS);
  await until(() => again.probes === 1, { what: 'the preferred server is probed' });
  t.match(shown(), { server: b.url });
  again.ready(200);
  await until(
    async () => {
      await clock.advance(LOOK_MS);
      return shown()?.server === a.url;
    },
    { what: 'the preferred server is gone back to', every: 100 },
  );
  t.match(shown(), { server: a.url, state: 'answers', message: '' });
  t.ok(again.probes >= 3, 'it was well twice in a row');
  await session.call(node);
  t.equal(again.requests.length, 1);
});

test('when all are away the error names each, and one that is back is seen without anyone asking', async (t) => {
  const [a, b] = [await fakeApiserver(t, { certificate }), await fakeApiserver(t, { certificate })];
  const clock = new FakeClock();
  const { session, shown } = aSession(t, { clock });
  session.use(anAccess([a.url, b.url], { caPem }));
  await Promise.all([a.kill(), b.kill()]);
  await t.rejects(session.call(node), {
    ...{ code: 'E_APISERVER_UNAVAILABLE', message: new RegExp(`${a.url}.*; ${b.url}`), retryable: true },
  });
  t.match(shown(), { state: 'away' });
  const again = await fakeApiserver(t, { certificate, port: b.port });
  await clock.advance(LOOK_MS);
  await until(() => shown()?.state === 'answers', { what: 'the server that is back is seen' });
  t.match(shown(), { server: b.url, message: new RegExp(a.url) });
  t.equal(again.requests.length, 0);
});

test('what is shown of servers that are away does not change with every request that fails', async (t) => {
  const server = await fakeApiserver(t, { certificate });
  server.answer(() => undefined);
  const { session, store } = aSession(t);
  session.use(anAccess([server.url], { caPem }));
  await t.rejects(session.call({ ...node, timeoutMs: 50 }), { message: /took longer/ });
  const { version } = store;
  await t.rejects(session.call({ ...node, path: '/other', timeoutMs: 60 }), { message: /other took longer/ });
  await server.kill();
  await t.rejects(session.call(node), { message: /ECONN/ });
  t.equal(store.version, version);
});

test('a server of another authority is never sent anything, and is named', async (t) => {
  const other = await newAuthority('kubernetes');
  const stranger = await issue(other, { commonName: 'x', usages: ['serverAuth'], names: ['127.0.0.1'] });
  const [a, b] = [await fakeApiserver(t, { certificate: stranger }), await fakeApiserver(t, { certificate })];
  const { session, shown } = aSession(t);
  const identity = { kind: 'token', token: 'secret' } as const;
  session.use(anAccess([a.url, b.url], { caPem, identity }));
  t.match(await session.call({ ...node, method: 'POST' }), { status: 200 });
  t.same([a.requests.length, b.requests.length], [0, 1]);
  t.match(shown(), { server: b.url, state: 'answers', message: new RegExp(`${a.url} is not trusted`) });
  t.equal(shown()?.distrust, undefined, 'another server does');
  session.use(anAccess([a.url], { caPem, identity }));
  await t.rejects(session.call(node), { code: 'E_TLS_UNTRUSTED', message: new RegExp(a.url), retryable: false });
  t.match(shown(), {
    ...{ state: 'away', message: new RegExp(`${a.url} is not trusted`) },
    distrust: /another cluster has this address.*takes the place of cluster.discovery.caCertHashes/,
  });
});

test('what to do about distrust is not said while a server is merely away, which may be trusted once it is back', async (t) => {
  const other = await newAuthority('kubernetes');
  const stranger = await issue(other, { commonName: 'x', usages: ['serverAuth'], names: ['127.0.0.1'] });
  const [a, b] = [await fakeApiserver(t, { certificate: stranger }), await fakeApiserver(t, { certificate })];
  const { session, shown } = aSession(t);
  session.use(anAccess([a.url, b.url], { caPem }));
  await b.kill();
  await t.rejects(session.call(node), { message: new RegExp(`${a.url} is not trusted.*; ${b.url} does not answer`) });
  t.equal(shown()?.state, 'away');
  t.equal(shown()?.distrust, undefined);
});

test('a certificate for another name is not trusted', async (t) => {
  const named = await issue(authority, { commonName: 'x', usages: ['serverAuth'], names: ['other.example'] });
  const server = await fakeApiserver(t, { certificate: named });
  const { session } = aSession(t);
  session.use(anAccess([server.url], { caPem }));
  await t.rejects(session.call(node), { code: 'E_TLS_UNTRUSTED', hint: /address that its certificate names/ });
});

test('a request that creates is not sent to another server when it may have been carried out', async (t) => {
  const [a, b] = [await fakeApiserver(t, { certificate }), await fakeApiserver(t, { certificate })];
  a.answer((request) => request.socket.destroy());
  const { session } = aSession(t);
  session.use(anAccess([a.url, b.url], { caPem }));
  await t.rejects(session.call({ method: 'POST', path: '/api/v1/nodes', body: {} }), {
    code: 'E_APISERVER_UNAVAILABLE',
  });
  t.same([a.requests.length, b.requests.length], [1, 0]);
  await session.call({ method: 'POST', path: '/api/v1/nodes', body: {} });
  t.same([a.requests.length, b.requests.length], [1, 1]);
});

test('an idle connection that the server has just closed costs one more try, not the server', async (t) => {
  const [a, b] = [await fakeApiserver(t, { certificate }), await fakeApiserver(t, { certificate })];
  const { session, shown } = aSession(t);
  session.use(anAccess([a.url, b.url], { caPem }));
  await session.call(node);
  a.answer((request, response) => (a.requests.length === 2 ? request.socket.destroy() : json(response, {})));
  await session.call(node);
  t.same([a.requests.length, b.requests.length], [3, 0]);
  t.match(shown(), { server: a.url, message: '' });
});

test('503 of one server is answered by another, 500 is not', async (t) => {
  const [a, b] = [await fakeApiserver(t, { certificate }), await fakeApiserver(t, { certificate })];
  const { session } = aSession(t);
  session.use(anAccess([a.url, b.url], { caPem }));
  a.answer((_, response) => json(response, statusOf(500, 'InternalError', 'etcd'), 500));
  await t.rejects(session.call(node), { code: 'E_APISERVER_REFUSED' });
  t.equal(b.requests.length, 0);
  a.answer((_, response) => json(response, statusOf(503, 'ServiceUnavailable', 'stopping'), 503));
  t.match(await session.call(node), { status: 200 });
});

test('a server that falls silent is replaced within 5 s, and its watches end with it', async (t) => {
  const [a, b] = [await fakeApiserver(t, { certificate }), await fakeApiserver(t, { certificate })];
  a.answer((request, response) => {
    if (request.url?.includes('watch')) response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    else json(response, {});
  });
  const proxy = await muteProxy(t, a.port);
  const { session, shown } = aSession(t);
  session.use(anAccess([`https://127.0.0.1:${proxy.port}`, b.url], { caPem }));
  const watch = session.watch('/api/v1/nodes', {}, new AbortController().signal).next();
  await until(() => a.requests.length === 1, { what: 'the watch was begun' });
  await session.call(node);
  proxy.mute(true);
  const begun = performance.now();
  const ended = t.rejects(watch, { code: 'E_APISERVER_UNAVAILABLE' });
  t.match(await session.call(node), { status: 200 });
  const took = performance.now() - begun;
  t.ok(took < 5_000, `${took} ms`);
  await ended;
  t.match(shown(), { server: b.url, message: /nothing came from it for 1.5 s/ });
});

test('of one server that falls silent the watches end, though nobody asks it anything', async (t) => {
  const a = await fakeApiserver(t, { certificate });
  a.answer((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders());
  const proxy = await muteProxy(t, a.port);
  const clock = new FakeClock();
  const { session, shown } = aSession(t, { clock });
  session.use(anAccess([`https://127.0.0.1:${proxy.port}`], { caPem }));
  const watch = session.watch('/api/v1/nodes', {}, new AbortController().signal).next();
  await until(() => a.requests.length === 1, { what: 'the watch was begun' });
  await clock.advance(3 * LOOK_MS);
  proxy.mute(true);
  t.equal(a.probes, 0, 'it was heard of a moment ago');
  await clock.advance(LOOK_MS);
  await t.rejects(watch, { code: 'E_APISERVER_UNAVAILABLE', message: /did not answer a probe/ });
  t.match(shown(), { state: 'away' });
  proxy.mute(false);
  const isBack = async (): Promise<boolean> => {
    await clock.advance(LOOK_MS);
    return shown()?.state === 'answers';
  };
  await until(isBack, { what: 'it is seen that the server is back', every: 100 });
});
