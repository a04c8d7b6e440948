import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyInstance } from 'fastify';
import { systemCodeOf } from '../errors.ts';
import type { Clock } from '../reconcile/clock.ts';
import type { Reader } from '../reconcile/store.ts';
import type { ContainerRuntime, LogChunk, LogOptions, ObservedContainer } from '../runtime/runtime.ts';
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

interface Asked extends Pick<LogOptions, 'tail' | 'since' | 'follow' | 'timestamps'> {
  readonly limitBytes: number;
}

/**
 * Kubernetes' PodLogOptions, but for what chooses the container (ValidatePodLogOptions in
 * pkg/apis/core/validation/validation.go). @throws BootletError E_USAGE
 */
const optionsIn = (query: URLSearchParams, now: number): Asked => {
  const positive = (name: string): number | undefined => {
    const value = wholeNumber(query, name);
    if (value === 0) throw refused(`${name} must be greater than 0`);
    return value;
  };
  const tail = wholeNumber(query, 'tailLines');
  const seconds = positive('sinceSeconds');
  const time = timeIn(query, 'sinceTime');
  if (seconds !== undefined && time !== undefined)
    throw refused('at most one of sinceTime and sinceSeconds may be given');
  // Behind a feature gate of Kubernetes that is off.
  if (query.has('stream')) throw refused('stream may not be given');
  const since = seconds === undefined ? time : now - seconds * 1000;
  return {
    follow: isSet(query, 'follow'),
    timestamps: isSet(query, 'timestamps'),
    ...(tail === undefined ? {} : { tail }),
    ...(since === undefined ? {} : { since: Math.max(0, since) }),
    limitBytes: positive('limitBytes') ?? Number.POSITIVE_INFINITY,
  };
};

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

const timeIn = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name) ?? '';
  if (text === '') return undefined;
  const time = RFC3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw refused(`${name} must be a time such as 2026-01-02T03:04:05Z, not "${text}"`);
  return time;
};

async function* dataOf(chunks: AsyncIterable<LogChunk>, limitBytes: number): AsyncIterable<Uint8Array> {
  let left = limitBytes;
  for await (const { data } of chunks) {
    yield data.subarray(0, left);
    left -= data.length;
    if (left <= 0) return;
  }
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

/** A pod's log with Kubernetes' parameters. */
export const serveLogs = (app: FastifyInstance, { pods, store, runtime, clock }: LogSources): void => {
  app.get<PodPath>('/api/v1/namespaces/:namespace/pods/:name/log', async (request, reply) => {
    const query = queryOf(request.url);
    const pod = find(pods, request.params);
    const container = findContainer(store, pod, chooseContainer(pod, query.get('container')), isSet(query, 'previous'));
    const { limitBytes, ...options } = optionsIn(query, clock.now());
    const aborter = new AbortController();
    reply.raw.once('close', () => aborter.abort());
    const chunks = await runtime.logs(container.id, { ...options, signal: aborter.signal });
    const raw = startStream(reply, 'text/plain; charset=utf-8');
    await pipeline(Readable.from(dataOf(chunks, limitBytes)), raw).catch((error: unknown) => {
      // The client went away, which is how a follow ends.
      if (!aborter.signal.aborted && systemCodeOf(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    });
  });
};
