import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyInstance } from 'fastify';
import { systemCodeOf } from '../errors.ts';
import type { Clock } from '../reconcile/clock.ts';
import type { Reader } from '../reconcile/store.ts';
import type { ContainerRuntime, LogChunk, ObservedContainer } from '../runtime/runtime.ts';
import type { Collection } from './collection.ts';
import { find } from './collection-routes.ts';
import { attemptsOf, chooseContainer, refused } from './containers.ts';
import { isSet, queryOf, wholeNumber } from './list-request.ts';
import type { ServedPod } from './pods.ts';
import { startStream } from './stream.ts';

/** The present container of that name in the pod, or the one before it. */
const findContainer = (store: Reader, pod: ServedPod, name: string, previous: boolean): ObservedContainer => {
  const found = attemptsOf(store, pod, name)[previous ? 1 : 0];
  if (found !== undefined && found.startedAt > 0) return found;
  if (previous) throw refused(`previous terminated container "${name}" in pod "${pod.metadata.name}" not found`);
  const hint = `bootlet pod inspect ${pod.metadata.namespace}/${pod.metadata.name} tells why`;
  throw refused(`container "${name}" in pod "${pod.metadata.name}" is waiting to start`, hint);
};

async function* dataOf(chunks: AsyncIterable<LogChunk>): AsyncIterable<Uint8Array> {
  for await (const { data } of chunks) yield data;
}

interface PodPath {
  readonly Params: { readonly namespace: string; readonly name: string };
}

export interface LogSources {
  readonly pods: Collection<ServedPod>;
  readonly store: Reader;
  readonly runtime: Pick<ContainerRuntime, 'logs'>;
  readonly clock: Clock;
}

/** A pod's log with Kubernetes' parameters: container, follow, tailLines, sinceSeconds, timestamps, previous. */
export const serveLogs = (app: FastifyInstance, { pods, store, runtime, clock }: LogSources): void => {
  app.get<PodPath>('/api/v1/namespaces/:namespace/pods/:name/log', async (request, reply) => {
    const query = queryOf(request.url);
    const pod = find(pods, request.params);
    const container = findContainer(store, pod, chooseContainer(pod, query.get('container')), isSet(query, 'previous'));
    const tail = wholeNumber(query, 'tailLines');
    const sinceSeconds = wholeNumber(query, 'sinceSeconds');
    const aborter = new AbortController();
    reply.raw.once('close', () => aborter.abort());
    const chunks = await runtime.logs(container.id, {
      follow: isSet(query, 'follow'),
      timestamps: isSet(query, 'timestamps'),
      ...(tail === undefined ? {} : { tail }),
      ...(sinceSeconds === undefined ? {} : { since: clock.now() - sinceSeconds * 1000 }),
      signal: aborter.signal,
    });
    const raw = startStream(reply, 'text/plain; charset=utf-8');
    await pipeline(Readable.from(dataOf(chunks)), raw).catch((error: unknown) => {
      // The client went away, which is how a follow ends.
      if (!aborter.signal.aborted && systemCodeOf(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    });
  });
};
