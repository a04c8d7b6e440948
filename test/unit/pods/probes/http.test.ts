import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Test, test } from 'tap';
import { probeHttp } from '../../../../daemon/pods/probes/http.ts';
import { type HttpRequest, httpRequestOf } from '../../../../daemon/pods/probes/http-request.ts';
import type { HTTPGetAction } from '../../../../daemon/pods/v1.ts';
import { newAuthority } from '../../../lab/certificate.ts';
import { aContainer } from '../../../support/pod-builders.ts';

/** Serves on the loopback while the test runs; gives the URL of its root. */
const serve = async (
  t: Test,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  server: Server = createServer(),
): Promise<string> => {
  server.on('request', answer);
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
};

const never = new AbortController().signal;

const requestTo = (root: string, more: Partial<HTTPGetAction> = {}): HttpRequest => {
  const { hostname, port, protocol } = new URL(root);
  const action = { port: Number(port), scheme: protocol.slice(0, -1).toUpperCase(), ...more };
  return httpRequestOf(action, aContainer(), hostname, 'probe');
};
const probe = (root: string, more: Partial<HTTPGetAction> = {}) => probeHttp(requestTo(root, more), never);

test('200 to 299 succeed, 300 to 399 do with a warning, and the rest fail', async (t) => {
  const root = await serve(t, ({ url }, response) => response.writeHead(Number(url?.slice(1))).end());
  t.equal((await probe(root, { path: '/200' })).outcome, 'success');
  t.equal((await probe(root, { path: '/302' })).outcome, 'warning');
  t.equal((await probe(root, { path: '/399' })).outcome, 'warning');
  t.match(await probe(root, { path: '/400' }), {
    outcome: 'failure',
    message: 'HTTP probe failed with statuscode: 400',
  });
});

test('a redirect on the same host is followed, to another port too', async (t) => {
  const down = await serve(t, (_, response) => response.writeHead(500).end());
  const root = await serve(t, ({ url }, response) => {
    if (url === '/relative') response.writeHead(302, { location: '/down' }).end();
    else if (url === '/port') response.writeHead(302, { location: down }).end();
    else response.writeHead(503).end();
  });
  t.match(await probe(root, { path: '/relative' }), { outcome: 'failure', message: /503/ });
  t.match(await probe(root, { path: '/port' }), { outcome: 'failure', message: /500/ });
});

test('a redirect to another host succeeds with a warning and is not followed', async (t) => {
  const root = await serve(t, (_, response) => response.writeHead(302, { location: 'http://192.0.2.1/' }).end('moved'));
  t.same(await probe(root), { outcome: 'warning', message: 'Probe terminated redirects, Response body: moved' });
});

test('redirects without an end fail after ten requests', async (t) => {
  let asked = 0;
  const root = await serve(t, (_, response) => {
    asked++;
    response.writeHead(302, { location: '/' }).end();
  });
  t.match(await probe(root), { outcome: 'failure', message: /stopped after 10 redirects/ });
  t.equal(asked, 10);
});

test('a Host of the manifest goes along with a redirect that names no host', async (t) => {
  const hosts: unknown[] = [];
  const root = await serve(t, ({ url, headers }, response) => {
    hosts.push(headers.host);
    const location = { '/': '/again', '/again': `${root}/last` }[url ?? ''];
    response.writeHead(location === undefined ? 200 : 302, location === undefined ? {} : { location }).end();
  });
  await probe(root, { path: '/', httpHeaders: [{ name: 'host', value: 'web.example' }] });
  t.same(hosts, ['web.example', 'web.example', new URL(root).host]);
});

test('every request has a connection of its own', async (t) => {
  const ports = new Set<unknown>();
  const root = await serve(t, ({ socket, headers }, response) => {
    ports.add(socket.remotePort);
    t.equal(headers.connection, 'close');
    response.end();
  });
  await probe(root);
  await probe(root);
  t.equal(ports.size, 2);
});

test('https is probed without a look at the certificate', async (t) => {
  const { privatePem: key, certificatePem: cert } = await newAuthority('nobody');
  const root = await serve(t, (_, response) => response.end(), createTlsServer({ key, cert }));
  t.equal((await probe(root.replace('http:', 'https:'))).outcome, 'success');
});

test('a server that speaks no TLS is named as such', async (t) => {
  const root = await serve(t, (_, response) => response.end());
  t.match(await probe(root.replace('http:', 'https:')), { message: /server gave HTTP response to HTTPS client/ });
});

test('who refuses a connection is named in the words of Go', async (t) => {
  t.match(await probeHttp(requestTo('http://127.0.0.1:1'), never), {
    outcome: 'failure',
    message: 'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused',
  });
});

test('an answer that does not come fails when the signal aborts', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const root = await serve(t, () => arrived.resolve());
  const deadline = new AbortController();
  const attempt = probeHttp(requestTo(root), deadline.signal);
  await arrived.promise;
  deadline.abort();
  t.match(await attempt, { outcome: 'failure', message: /context deadline exceeded/ });
});

test('an answer that breaks off is no verdict', async (t) => {
  const root = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('some', () => response.destroy());
  });
  t.equal((await probe(root)).outcome, 'error');
});

test('of a body without an end 10 KiB are read', async (t) => {
  const root = await serve(t, (_, response) => {
    const more = (): void =>
      void (response.write('x'.repeat(4096)) ? setImmediate(more) : response.once('drain', more));
    response.on('error', () => {});
    more();
  });
  t.equal((await probe(root)).outcome, 'success');
});
