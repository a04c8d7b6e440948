import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyInstance } from 'fastify';
import { BootletError, systemCodeOf } from '../errors.ts';
import { containerType } from '../pods/resources.ts';
import type { Clock } from '../reconcile/clock.ts';
import type { Reader } from '../reconcile/store.ts';
import type { ContainerRuntime, LogChunk, ObservedContainer } from '../runtime/runtime.ts';
import type { Collection } from './collection.ts';
import { find } from './collection-routes.ts';
import { isSet, queryOf, wholeNumber } from './list-request.ts';
import type { ServedPod } from './pods.ts';
import { startStream } from './stream.ts';

const refused = (message: string, hint?: string): BootletError =>
  new BootletError('E_USAGE', message, { retryable: false, ...(hint === undefined ? {} : { hint }) });

/** The container that is meant: the named one, or the only one, or the one that kubectl's annotation names. */
const chooseContainer = ({ metadata, spec }: ServedPod, asked: string | null): string => {
  const main = spec.containers.map(({ name }) => name);
  const all = [...(spec.initContainers ?? []).map(({ name }) => name), ...main];
  const marked = metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  const chosen = asked ?? marked ?? (main.length === 1 ? main[0] : undefined);
  if (chosen === undefined) throw refused(`a container must be named: ${metadata.name} has ${all.join(', ')}`);
  if (all.includes(chosen)) return chosen;
  throw refused(`container ${chosen} is not valid for pod ${metadata.name}`, `it has ${all.join(', ')}`);
};

/** The present container of that name in the pod, or the one before it. */
const findContainer = (store: Reader, pod: ServedPod, name: string, previous: boolean): ObservedContainer => {
  const attempts = store
    .list(containerType)
    .map(({ value }) => value)
    .filter(
      ({ kind, pod: { uid }, container }) => kind === 'container' && uid === pod.metadata.uid && container === name,
    )
    .sort((a, b) => b.attempt - a.attempt);
  const found = attempts[previous ? 1 : 0];
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
