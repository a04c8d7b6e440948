import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';
import type { Scope } from '../scope.ts';

export interface WatchEvent {
  readonly type: string;
  readonly object: unknown;
}

export interface WatchOptions {
  readonly url: string;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Of a collection, without a query. */
  readonly path: string;
  /** Called for what is there already first. */
  readonly hear: (event: WatchEvent) => void;
}

/** Watches a collection until the scope ends, or the server. Resolves once the server has begun to answer. */
export const startWatch = async (scope: Scope, { url, tls, path, hear }: WatchOptions): Promise<void> => {
  const dispatcher = new Agent({ connect: tls, bodyTimeout: 0 });
  // Without a version the apiserver first asks etcd how far it is, which that of the distribution does not tell.
  const { statusCode, body } = await request(`${url}${path}?watch=true&resourceVersion=0`, { dispatcher });
  scope.teardown(() => dispatcher.destroy());
  if (statusCode !== 200) throw new Error(`watch of ${path}: ${statusCode} ${await body.text()}`);
  createInterface({ input: body })
    .on('line', (line) => hear(JSON.parse(line) as WatchEvent))
    // Of a server that ends, or the end of the scope.
    .on('error', () => undefined);
};
