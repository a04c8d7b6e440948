import { once } from 'node:events';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { type Test, test } from 'tap';
import { probeGrpc } from '../../../../daemon/pods/probes/grpc.ts';

const listen = async (t: Test, server: Server, port = 0): Promise<number> => {
  t.teardown(() => server.close());
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  return (server.address() as AddressInfo).port;
};

/** A gRPC server that answers every call so. */
const serve = (t: Test, answer: (stream: ServerHttp2Stream, body: Buffer) => void, port?: number): Promise<number> => {
  const server = createServer();
  server.on('stream', (stream) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => answer(stream, Buffer.concat(chunks)));
  });
  return listen(t, server, port);
};

const reply = (stream: ServerHttp2Stream, code: number, message = '', body: Uint8Array = new Uint8Array()): void => {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(code), 'grpc-message': message }));
  stream.end(body);
};
const health = (status: number): Buffer => Buffer.of(0, 0, 0, 0, 2, 0x08, status);

const probe = (port: number, { service = '', signal = new AbortController().signal } = {}) =>
  probeGrpc({ host: '127.0.0.1', port, service, timeoutSeconds: 1 }, signal);

test('a service that serves is healthy, and any other status is not', async (t) => {
  let status = 1;
  const port = await serve(t, (stream) => reply(stream, 0, '', health(status)));
  t.same(await probe(port), { outcome: 'success', message: 'service healthy' });
  status = 2;
  t.same(await probe(port), {
    outcome: 'failure',
    message: 'service unhealthy (responded with "NOT_SERVING")',
  });
});

test('an answer without a status says that it is unknown', async (t) => {
  const port = await serve(t, (stream) => reply(stream, 0, '', Buffer.alloc(5)));
  t.match(await probe(port), { outcome: 'failure', message: /"UNKNOWN"/ });
});

test('the service is asked for by its name', async (t) => {
  const asked: string[] = [];
  const name = 'a'.repeat(200);
  const port = await serve(t, (stream, body) => {
    asked.push(body.toString('hex'));
    reply(stream, 0, '', health(1));
  });
  await probe(port);
  await probe(port, { service: 'up' });
  await probe(port, { service: name });
  t.same(asked, ['0000000000', '00000000040a027570', `00000000cb0ac801${Buffer.from(name).toString('hex')}`]);
});

test('an error says its name and message', async (t) => {
  let code = 5;
  const port = await serve(t, (stream) => reply(stream, code, 'no%20such service'));
  t.match(await probe(port), {
    outcome: 'failure',
    message: 'error: health rpc probe failed: rpc error: code = NotFound desc = no such service',
  });
  code = 12;
  t.match(await probe(port), { outcome: 'failure', message: /does not implement the grpc health protocol/ });
});

test('an answer that is no gRPC fails', async (t) => {
  const port = await serve(t, (stream) => stream.respond({ ':status': 404 }, { endStream: true }));
  t.match(await probe(port), { outcome: 'failure', message: /unexpected HTTP status code received from server: 404/ });
});

test('a call that gets no answer fails when its time is over', async (t) => {
  const deadline = new AbortController();
  const port = await serve(t, () => deadline.abort());
  t.match(await probe(port, { signal: deadline.signal }), {
    outcome: 'failure',
    message: 'timeout: health rpc did not complete within 1s',
  });
});

test('a server that does not introduce itself counts as not connected', async (t) => {
  const deadline = new AbortController();
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    deadline.abort();
  });
  const port = await listen(t, server);
  t.match(await probe(port, { signal: deadline.signal }), { message: /^timeout: failed to connect service/ });
});

test('a refused connection is tried again', async (t) => {
  const closed = createTcpServer();
  const port = await listen(t, closed);
  closed.close();
  await once(closed, 'close');
  const attempt = probe(port);
  // The kernel refuses at once what is asked of nobody on this machine.
  await new Promise((resolve) => setImmediate(resolve));
  await serve(t, (stream) => reply(stream, 0, '', health(1)), port);
  t.match(await attempt, { outcome: 'success' });
});

test('a connection that is refused until the time is over fails', async (t) => {
  const deadline = new AbortController();
  const attempt = probe(1, { signal: deadline.signal });
  deadline.abort();
  t.match(await attempt, { outcome: 'failure', message: /within 1s: context deadline exceeded/ });
});
