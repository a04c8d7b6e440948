import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Certificate, issue } from './certificate.ts';
import type { Scope } from './scope.ts';

export interface ImpostorAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or text as it stands. */
  readonly body: unknown;
}

/** What an impostor was asked. */
export interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
}

/** A server that answers in place of an apiserver whatever a test wants, and keeps what it was told. */
export interface Impostor {
  readonly url: string;
  readonly asked: readonly Asked[];
}

/** @param authority issues its certificate, for 127.0.0.1 */
export const startImpostor = async (
  scope: Scope,
  authority: Certificate,
  answer: (asked: Asked) => ImpostorAnswer | Promise<ImpostorAnswer>,
): Promise<Impostor> => {
  const leaf = { commonName: 'kube-apiserver', usages: ['serverAuth'], names: ['127.0.0.1'] } as const;
  const { certificatePem, privatePem } = await issue(authority, leaf);
  const asked: Asked[] = [];
  const server = createServer({ cert: certificatePem, key: privatePem }, async (incoming, outgoing) => {
    const question = { path: incoming.url ?? '', authorization: incoming.headers.authorization };
    asked.push(question);
    const { status = 200, headers = {}, body } = await answer(question);
    const isText = typeof body === 'string';
    outgoing.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers });
    outgoing.end(isText ? body : JSON.stringify(body));
  });
  scope.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
};
