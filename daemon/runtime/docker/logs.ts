import { BootletError } from '../../errors.ts';
import type { LogChunk, LogOptions } from '../runtime.ts';
import type { DockerContainers } from './containers.ts';
import type { DockerEngine } from './engine.ts';
import { fieldsOf, objectIn } from './json.ts';
import { demultiplexed } from './multiplexed.ts';

/**
 * What a container wrote. It ends with the container's output, or, following, when `signal` aborts.
 * @throws BootletError E_NOT_FOUND when the container is gone
 */
export const logs = async (
  engine: DockerEngine,
  containers: DockerContainers,
  id: string,
  { follow, tail, since, timestamps, signal }: LogOptions,
): Promise<AsyncIterable<LogChunk>> => {
  const inspect = await containers.inspectRaw(id);
  if (inspect === undefined) throw new BootletError('E_NOT_FOUND', `container ${id} is gone, and its log with it`);
  const hasTerminal = objectIn(fieldsOf(inspect, 'a container'), 'Config')['Tty'] === true;
  const query = {
    stdout: true,
    stderr: true,
    follow,
    tail,
    // Seconds with a fraction.
    since: since === undefined ? undefined : (since / 1000).toFixed(3),
    timestamps,
  };
  const stream = await engine.stream({
    method: 'GET',
    path: `/containers/${id}/logs`,
    query,
    ...(signal === undefined ? {} : { signal }),
  });
  return untilAborted(hasTerminal ? raw(stream) : demultiplexed(stream), signal);
};

/** A terminal has one stream and no frames. */
async function* raw(source: AsyncIterable<Uint8Array>): AsyncGenerator<LogChunk> {
  for await (const data of source) yield { stream: 'stdout', data };
}

async function* untilAborted(
  chunks: AsyncIterable<LogChunk>,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogChunk> {
  try {
    yield* chunks;
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
