import { test } from 'tap';
import type { ApiCall, WatchEvent } from '../../../../daemon/node/apiserver/apiserver.ts';
import { refusalOf } from '../../../../daemon/node/apiserver/refusal.ts';
import { fakeApiserver, json, statusOf } from '../../../lab/fake-apiserver.ts';
import { until } from '../../../lab/until.ts';
import { apiserverCertificate } from '../../../support/apiserver-certificate.ts';
import { anAccess, aSession } from '../../../support/apiserver-session.ts';

const node: ApiCall = { method: 'GET', path: '/api/v1/nodes/n' };
const { certificate, caPem } = await apiserverCertificate();

test('before it is given an access there is no session, and calls say so', async (t) => {
  const { session, shown } = aSession(t);
  t.equal(shown(), undefined);
  await t.rejects(session.call(node), { code: 'E_APISERVER_UNAVAILABLE' });
});

test('a call is JSON both ways, with the bearer token', async (t) => {
  const server = await fakeApiserver(t, { certificate });
  const seen: unknown[] = [];
  server.answer((request, response) => {
    request.on('data', (bytes: Buffer) => seen.push(JSON.parse(bytes.toString())));
    request.on('end', () => json(response, { kind: 'Node' }, 201));
    seen.push(request.headers.authorization, request.headers['content-type']);
  });
  const { session, shown } = aSession(t);
  session.use(anAccess([server.url], { caPem, identity: { kind: 'token', token: 'abcdef.secret' } }));
  t.match(shown(), { generation: 1, server: server.url, state: 'unknown' });
  const answer = await session.call({
    ...{ method: 'PATCH', path: '/api/v1/nodes/n/status', query: { fieldManager: 'b' } },
    ...{ body: { spec: {} }, contentType: 'application/strategic-merge-patch+json' },
  });
  t.same(answer, { status: 201, body: { kind: 'Node' } });
  t.same(seen, ['Bearer abcdef.secret', 'application/strategic-merge-patch+json', { spec: {} }]);
  t.same(server.requests, ['PATCH /api/v1/nodes/n/status?fieldManager=b']);
  t.match(shown(), { generation: 1, state: 'answers', message: '' });
});

test('calls one after the other share one connection', async (t) => {
  const server = await fakeApiserver(t, { certificate });
  const { session } = aSession(t);
  session.use(anAccess([server.url], { caPem }));
  for (let i = 0; i < 5; i++) await session.call(node);
  t.equal(server.requests.length, 5);
  t.equal(server.connections.made, 1);
});

test('a refusal tells status, reason and message, and an expected status is an answer', async (t) => {
  const server = await fakeApiserver(t, { certificate });
  const refusal = statusOf(409, 'AlreadyExists', 'nodes "n" already exists', { name: 'n' });
  server.answer((_, response) => json(response, refusal, 409));
  const { session, shown } = aSession(t);
  session.use(anAccess([server.url], { caPem }));
  const error: unknown = await session.call(node).catch((thrown: unknown) => thrown);
  t.match(error, { code: 'E_APISERVER_REFUSED', message: /GET \/api\/v1\/nodes\/n with 409 AlreadyExists: nodes "n"/ });
  t.match(refusalOf(error), { status: 409, reason: 'AlreadyExists', details: { name: 'n' } });
  t.match(await session.call({ ...node, expect: [409] }), { status: 409, body: refusal });
  t.match(shown(), { state: 'answers' });
});

test('a new access: calls under way end in peace, watches end, connections are made anew', async (t) => {
  const server = await fakeApiserver(t, { certificate });
  const asked = Promise.withResolvers<() => void>();
  server.answer((request, response) => {
    if (request.url?.includes('watch')) response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    else if (request.headers.authorization === 'Bearer old') asked.resolve(() => json(response, { by: 'old' }));
    else json(response, { by: request.headers.authorization });
  });
  const { session, shown } = aSession(t);
  const access = (token: string) => anAccess([server.url], { caPem, identity: { kind: 'token', token } });
  session.use(access('old'));
  const watch = session.watch('/api/v1/nodes', {}, new AbortController().signal).next();
  const call = session.call(node);
  const answer = await asked.promise;
  session.use(access('new'));
  await t.rejects(watch, { code: 'E_APISERVER_UNAVAILABLE' });
  t.match(await session.call(node), { body: { by: 'Bearer new' } });
  answer();
  t.match(await call, { body: { by: 'old' } });
  await until(() => server.connections.open === 1, { what: 'the old connections are closed' });
  t.match(shown(), { generation: 2, state: 'answers' });
  session.use(access('new'));
  t.match(shown(), { generation: 2 });
  session.use(undefined);
  t.equal(shown(), undefined);
});

test('a watch gives events until it ends or is aborted', async (t) => {
  const server = await fakeApiserver(t, { certificate });
  server.answer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"type":"ADDED","object":{"a":1}}\n{"type":"MODI');
    setTimeout(() => response.end('FIED","object":{"a":2}}\n'), 20);
  });
  const { session } = aSession(t);
  session.use(anAccess([server.url], { caPem }));
  const events: WatchEvent[] = [];
  const whole = session.watch('/api/v1/nodes', { limit: '1' }, new AbortController().signal);
  for await (const event of whole) events.push(event);
  t.same(events, [
    { type: 'ADDED', object: { a: 1 } },
    { type: 'MODIFIED', object: { a: 2 } },
  ]);
  t.same(server.requests, ['GET /api/v1/nodes?limit=1&watch=true']);
  const stop = new AbortController();
  for await (const _ of session.watch('/api/v1/nodes', {}, stop.signal)) stop.abort();
  t.pass('an aborted watch ends without an error');
});
