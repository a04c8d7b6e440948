import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Test, test } from 'tap';
import { probeHttp } from '../../../../daemon/pods/probes/http.ts';

/** Serves on the loopback while the test runs; gives the URL of its root. */
const serve = async (
  t: Test,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> => {
  const server = createServer(answer);
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
};

const never = new AbortController().signal;
const probe = (url: string, headers: { name: string; value: string }[] = []) =>
  probeHttp({ url: new URL(url), headers }, never);

test('200 to 399 succeed and the rest fail', async (t) => {
  const root = await serve(t, ({ url }, response) => response.writeHead(Number(url?.slice(1))).end());
  t.equal((await probe(`${root}/200`)).outcome, 'success');
  t.equal((await probe(`${root}/399`)).outcome, 'success');
  t.match(await probe(`${root}/400`), { outcome: 'failure', message: 'HTTP probe failed with statuscode: 400' });
});

test('a redirect on the same host is followed', async (t) => {
  const root = await serve(t, ({ url }, response) =>
    url === '/' ? response.writeHead(302, { location: '/down' }).end() : response.writeHead(500).end(),
  );
  t.match(await probe(root), { outcome: 'failure', message: /500/ });
});

test('a redirect to another host succeeds with a warning and is not followed', async (t) => {
  const root = await serve(t, (_, response) => response.writeHead(302, { location: 'http://192.0.2.1/' }).end());
  t.equal((await probe(root)).outcome, 'warning');
});

test('redirects without an end fail', async (t) => {
  const root = await serve(t, (_, response) => response.writeHead(302, { location: '/' }).end());
  t.match(await probe(root), { outcome: 'failure', message: /stopped after 10 redirects/ });
});

test('a probe says who it is, unless the manifest has other headers', async (t) => {
  const seen: unknown[] = [];
  const root = await serve(t, ({ headers }, response) => {
    seen.push([headers['user-agent'], headers.accept, headers.host]);
    response.end();
  });
  await probe(root);
  await probe(root, [
    { name: 'User-Agent', value: 'me' },
    { name: 'Accept', value: '' },
    { name: 'Host', value: 'web.example' },
  ]);
  t.same(seen, [
    ['kube-probe/1.36', '*/*', new URL(root).host],
    ['me', undefined, 'web.example'],
  ]);
});

test('an answer that does not come fails when the signal aborts', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const root = await serve(t, () => arrived.resolve());
  const deadline = new AbortController();
  const attempt = probeHttp({ url: new URL(root), headers: [] }, deadline.signal);
  await arrived.promise;
  deadline.abort();
  t.match(await attempt, { outcome: 'failure', message: /context deadline exceeded/ });
});
