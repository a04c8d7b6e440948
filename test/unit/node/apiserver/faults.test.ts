import { inspect } from 'node:util';
import { type Test, test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import type { Identity } from '../../../../daemon/node/apiserver/access.ts';
import type { ApiCall } from '../../../../daemon/node/apiserver/apiserver.ts';
import { refusalOf } from '../../../../daemon/node/apiserver/refusal.ts';
import { fakeApiserver, type Handler, json, statusOf } from '../../../lab/fake-apiserver.ts';
import { apiserverCertificate } from '../../../support/apiserver-certificate.ts';
import { anAccess, aSession } from '../../../support/apiserver-session.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const { certificate, caPem } = await apiserverCertificate();
const TOKEN = 'abcdef.0123456789abcdef';
const identity: Identity = { kind: 'token', token: TOKEN };
const node: ApiCall = { method: 'GET', path: '/api/v1/nodes/n' };

/** What a call to a server that answers so ends with, which must be an error. */
const errorOf = async (t: Test, handler: Handler, call: ApiCall = node) => {
  const server = await fakeApiserver(t, { certificate, handler });
  const made = aSession(t);
  made.session.use(anAccess([server.url], { caPem, identity }));
  const error: unknown = await made.session.call(call).catch((thrown: unknown) => thrown);
  if (!(error instanceof BootletError)) throw new Error('the call did not fail with a BootletError');
  return { ...made, server, error };
};

test('HTML is named for what it is: server, status and content type', async (t) => {
  const { error, server, shown } = await errorOf(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>');
  });
  t.match(error, { code: 'E_APISERVER_ANSWER' });
  t.equal(error.message, `${server.url} answers GET /api/v1/nodes/n with 200, text/html`);
  t.match(shown(), { state: 'away', message: error.message });
});

test('an expected status in HTML is none of the apiserver', async (t) => {
  const html: Handler = (_, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<html>');
  const { error } = await errorOf(t, html, { ...node, expect: [404] });
  t.match(error, { code: 'E_APISERVER_ANSWER', message: /404, text\/html/ });
});

test('requests are counted by code, server and method, and those without an answer too', async (t) => {
  const server = await fakeApiserver(t, { certificate, handler: (_, response) => json(response, { kind: 'Node' }) });
  const { session, requests } = aSession(t);
  session.use(anAccess([server.url], { caPem, identity }));
  await session.call(node);
  await session.call(node);
  server.answer((_, response) => json(response, statusOf(409, 'AlreadyExists', ''), 409));
  await session.call({ method: 'POST', path: '/api/v1/nodes', body: {}, expect: [409] });
  await server.kill();
  await t.rejects(session.call({ method: 'POST', path: '/api/v1/nodes', body: {} }));
  const { host } = new URL(server.url);
  t.same(requests.series, [
    { labels: { code: '200', host, method: 'GET' }, value: 2 },
    { labels: { code: '409', host, method: 'POST' }, value: 1 },
    { labels: { code: '<error>', host, method: 'POST' }, value: 1 },
  ]);
});

test('a redirect is not followed, and where it leads is not told', async (t) => {
  const elsewhere = await fakeApiserver(t, { certificate });
  const { error } = await errorOf(t, (_, response) => {
    response.writeHead(302, { location: `${elsewhere.url}/?secret=1` }).end();
  });
  t.match(error, { code: 'E_APISERVER_ANSWER', message: /with 302, no content type and a redirect/ });
  t.notMatch(error.message, 'secret');
  t.equal(elsewhere.requests.length, 0);
});

test('JSON that is cut off, or none at all, is no answer', async (t) => {
  for (const text of ['{"kind":', '']) {
    const { error } = await errorOf(t, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    });
    t.match(error, { code: 'E_APISERVER_ANSWER' });
  }
});

test('a giant body is cut off with a clear error', async (t) => {
  let sent = 0;
  const chunk = Buffer.alloc(1024 * 1024, ' ');
  const { error } = await errorOf(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = (): void => {
      for (; !response.destroyed; ) {
        sent += chunk.length;
        if (!response.write(chunk)) break;
      }
    };
    response.on('drain', more);
    more();
  });
  t.match(error, { code: 'E_APISERVER_ANSWER', message: /more than 32 MiB/, retryable: false });
  t.ok(sent < 80 * chunk.length, 'no more is read than what it takes to see that');
});

test('slow bytes end when the time for the whole answer is over', async (t) => {
  const handler: Handler = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const drip = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(drip));
  };
  const { error } = await errorOf(t, handler, { ...node, timeoutMs: 300 });
  t.match(error, { code: 'E_APISERVER_UNAVAILABLE', message: /GET \/api\/v1\/nodes\/n took longer than 0.3 s/ });
});

test('each refusal says what to do, and those that a person has to mend are not retried soon', async (t) => {
  const cases = [
    { status: 401, reason: 'Unauthorized', retryable: true, hint: /cert show/ },
    { status: 403, reason: 'Forbidden', retryable: true, hint: /RBAC/ },
    { status: 422, reason: 'Invalid', retryable: false, hint: undefined },
    { status: 500, reason: 'InternalError', retryable: true, hint: /etcd/ },
  ];
  for (const { status, reason, retryable, hint } of cases) {
    const { error } = await errorOf(t, (_, response) => json(response, statusOf(status, reason, 'why'), status));
    t.match(error, { code: 'E_APISERVER_REFUSED', retryable, hint });
    t.match(refusalOf(error), { status, reason, message: 'why' });
  }
});

test('plain text of an apiserver that has too much to do is a refusal', async (t) => {
  const { error } = await errorOf(t, (_, response) => {
    response.writeHead(429, { 'content-type': 'text/plain; charset=utf-8' }).end('Too many requests');
  });
  t.match(error, { code: 'E_APISERVER_REFUSED' });
  t.match(refusalOf(error), { status: 429, reason: '' });
});

test('nothing is asked of a server before the time of its Retry-After, and the error tells it', async (t) => {
  const clock = new FakeClock();
  const server = await fakeApiserver(t, { certificate });
  server.answer((_, response) =>
    json(response, statusOf(429, 'TooManyRequests', 'later'), 429, { 'retry-after': '30' }),
  );
  const { session } = aSession(t, { clock });
  session.use(anAccess([server.url], { caPem }));
  await t.rejects(session.call(node), { code: 'E_APISERVER_REFUSED', retryAt: 30_000 });
  server.answer((_, response) => json(response, { kind: 'Node' }));
  await t.rejects(session.call(node), { code: 'E_APISERVER_UNAVAILABLE', retryAt: 30_000 });
  await t.rejects(session.watch('/api/v1/nodes', {}, new AbortController().signal).next(), /Retry-After/);
  await clock.advance(29_999);
  t.same([server.requests.length, server.probes], [1, 0]);
  await clock.advance(1);
  t.match(await session.call(node), { status: 200 });
});

test('the token is in no error, log or resource, also when the server says it', async (t) => {
  const echo: Handler = (request, response) =>
    json(response, statusOf(401, 'Unauthorized', `no: ${request.headers.authorization}`), 401);
  const { error, logged, shown } = await errorOf(t, echo);
  t.match(error.message, /no: Bearer \(the token\)/);
  t.notMatch(inspect([error, logged, shown()], { depth: null, showHidden: true }), TOKEN);
});

test('a token is never sent over plain HTTP', async (t) => {
  const server = await fakeApiserver(t, { certificate: undefined });
  const { session, shown } = aSession(t);
  t.throws(() => session.use(anAccess([server.url], { identity })), { code: 'E_TLS_UNTRUSTED', retryable: false });
  t.equal(shown(), undefined);
  session.use(anAccess([server.url]));
  t.match(await session.call(node), { status: 200 });
});

test('plain HTTP to a port of TLS, and the other way round, are named', async (t) => {
  const [tls, plain] = [await fakeApiserver(t, { certificate }), await fakeApiserver(t, { certificate: undefined })];
  const { session } = aSession(t);
  session.use(anAccess([plain.url.replace('http:', 'https:')], { caPem }));
  await t.rejects(session.call(node), { code: 'E_APISERVER_UNAVAILABLE', message: /does not agree on TLS/ });
  session.use(anAccess([tls.url.replace('https:', 'http:')]));
  await t.rejects(session.call(node), { code: /E_APISERVER_(ANSWER|UNAVAILABLE)/ });
});

test('TLS without an authority, or with a key that cannot be read, is refused when it is given', async (t) => {
  const { session } = aSession(t);
  const url = 'https://127.0.0.1:1';
  const broken: Identity = { kind: 'certificate', certificatePem: certificate.certificatePem, keyPem: 'no key' };
  t.throws(() => session.use(anAccess([url], { caPem, identity: broken })), { code: 'E_TLS_UNTRUSTED' });
  t.throws(() => session.use(anAccess([url])), { message: /authority of the cluster is not known/ });
});

test('a watch that sends what is no event, or no end of one, is broken off', async (t) => {
  for (const text of ['{"type":"NEWS","object":{}}\n', 'x\n', Buffer.alloc(17 * 1024 * 1024, 'x')]) {
    const server = await fakeApiserver(t, { certificate });
    server.answer((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).write(text));
    const { session } = aSession(t);
    session.use(anAccess([server.url], { caPem }));
    const watch = session.watch('/api/v1/nodes', {}, new AbortController().signal);
    await t.rejects(watch.next(), { code: 'E_APISERVER_ANSWER' });
  }
});
