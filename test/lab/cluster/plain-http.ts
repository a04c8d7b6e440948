import { createServer } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Scope } from '../scope.ts';

export interface PlainHttpOptions {
  readonly url: string;
  /** Whoever asks is taken for the owner of this certificate. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
}

/**
 * The insecure port that apiservers had until Kubernetes 1.20 (`--insecure-port`): plain HTTP, and who reaches it may do
 * everything. Gives its URL.
 */
export const startPlainHttp = async (scope: Scope, { url, tls }: PlainHttpOptions): Promise<string> => {
  const agent = new Agent({ keepAlive: true, ...tls });
  const server = createServer((incoming, outgoing) => {
    const { method, headers } = incoming;
    const forwarded = request(`${url}${incoming.url}`, { agent, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    outgoing.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  scope.teardown(() => {
    server.closeAllConnections();
    server.close();
    agent.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
