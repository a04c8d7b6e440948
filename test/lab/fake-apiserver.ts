import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Certificate } from './certificate.ts';
import type { Scope } from './scope.ts';

/** What is answered to one request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface FakeApiserver {
  readonly url: string;
  readonly port: number;
  /** `METHOD /path?query` of all requests, probes of /readyz left out. */
  readonly requests: readonly string[];
  readonly probes: number;
  /** Connections that were ever made, and those that are open. */
  readonly connections: { readonly made: number; readonly open: number };
  /** From now on. */
  answer(handler: Handler): void;
  /** Of /readyz. */
  ready(status: number): void;
  /** Closes the port and every connection, as a process that is killed. */
  kill(): Promise<void>;
}

/** Ends a response with JSON. */
export const json = (response: ServerResponse, body: unknown, status = 200, headers = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};

/** metav1.Status of a failure. */
export const statusOf = (code: number, reason: string, message: string, details?: unknown) => ({
  ...{ apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, message },
  ...(details === undefined ? {} : { details }),
});

/** A server that does what a real apiserver cannot be made to do. Without a certificate it speaks plain HTTP. */
export const fakeApiserver = async (
  scope: Scope,
  {
    certificate,
    port = 0,
    handler = (_, response) => json(response, { kind: 'Node' }),
  }: {
    readonly certificate: Certificate | undefined;
    readonly port?: number;
    readonly handler?: Handler;
  },
): Promise<FakeApiserver> => {
  const requests: string[] = [];
  const connections = { made: 0, open: 0 };
  const [sockets, state] = [new Set<Socket>(), { probes: 0, ready: 200, handler }];
  const serve: Handler = (request, response) => {
    if (request.url === '/readyz') {
      state.probes++;
      response.writeHead(state.ready, { 'content-type': 'text/plain' }).end(state.ready === 200 ? 'ok' : 'failed');
      return;
    }
    requests.push(`${request.method} ${request.url}`);
    state.handler(request, response);
  };
  const server =
    certificate === undefined
      ? createHttpServer(serve)
      : createServer({ cert: certificate.certificatePem, key: certificate.privatePem }, serve);
  server.on(certificate === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    connections.made++;
    connections.open++;
    socket.on('close', () => connections.open--).on('error', () => undefined);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : 0;
  const kill = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    // Those that have not come as far as a request; a reset would wait for what is still to be written.
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  scope.teardown(kill);
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${bound}`,
    port: bound,
    requests,
    connections,
    get probes() {
      return state.probes;
    },
    answer: (next) => {
      state.handler = next;
    },
    ready: (status) => {
      state.ready = status;
    },
    kill,
  };
};
