import type { ContainerChange } from '../runtime.ts';
import type { DockerEngine } from './engine.ts';
import { INSTANCE_LABEL } from './identity.ts';
import { fieldsOf, objectIn, stringIn } from './json.ts';
import { jsonLines } from './lines.ts';

/** What changes a container's state. Not `create`, which only bootlet does; nor the `exec_*` of every probe. */
const ACTIONS = ['start', 'die', 'oom', 'destroy', 'pause', 'unpause'];

/** Docker answers before it subscribes, so a moment is asked for again from its buffer of past events. */
const OVERLAP_S = 2;

/** What changed of the containers of the instance; ends when the connection does or `signal` aborts. */
export const changes = async (
  engine: DockerEngine,
  instance: string,
  now: number,
  signal: AbortSignal,
): Promise<AsyncIterable<ContainerChange>> => {
  const filters = JSON.stringify({ type: ['container'], label: [`${INSTANCE_LABEL}=${instance}`], event: ACTIONS });
  const since = Math.floor(now / 1000) - OVERLAP_S;
  const stream = await engine.stream({ method: 'GET', path: '/events', query: { filters, since }, signal });
  return changesIn(jsonLines(untilCut(stream, engine, signal)));
};

async function* changesIn(events: AsyncIterable<unknown>): AsyncGenerator<ContainerChange> {
  for await (const event of events) {
    const fields = fieldsOf(event, 'an event');
    yield { id: stringIn(objectIn(fields, 'Actor'), 'ID'), isStart: stringIn(fields, 'Action') === 'start' };
  }
}

/** A stream of Docker's may be cut at any time: for whoever reads it, that is its end. */
async function* untilCut(
  stream: AsyncIterable<Uint8Array>,
  engine: DockerEngine,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    if (!signal.aborted && !engine.isCut(error)) throw error;
  }
}
