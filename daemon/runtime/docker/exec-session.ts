import type { Duplex } from 'node:stream';
import { BootletError, systemCodeOf } from '../../errors.ts';
import type { ExecSession, ExecSessionOptions, LogChunk } from '../runtime.ts';
import type { DockerEngine } from './engine.ts';
import { type ExecOptions, execMark, inspectExec, killExec } from './exec.ts';
import { fieldsOf, stringIn } from './json.ts';
import { demultiplexed } from './multiplexed.ts';

/**
 * Starts a command in a running container with its streams open.
 * @throws BootletError E_RUNTIME_REFUSED, E_RUNTIME_UNAVAILABLE
 */
export const openExec = async (
  options: ExecOptions & { readonly engine: Pick<DockerEngine, 'call' | 'stream' | 'upgrade'> },
  id: string,
  { command, stdin, tty }: ExecSessionOptions,
): Promise<ExecSession> => {
  const { engine } = options;
  const mark = execMark();
  const created = await engine.call({
    method: 'POST',
    path: `/containers/${id}/exec`,
    body: { Cmd: command, Env: [mark], AttachStdin: stdin, AttachStdout: true, AttachStderr: true, Tty: tty },
  });
  const execId = stringIn(fieldsOf(created.body, 'a created exec'), 'Id');
  const connection = await engine.upgrade({ path: `/exec/${execId}/start`, body: { Detach: false, Tty: tty } });
  return {
    input: connection,
    output: outputOf(connection, tty),
    resize: async ({ columns, rows }) => {
      // One that has ended has no size any more.
      const query = { w: columns, h: rows };
      await engine.call({ method: 'POST', path: `/exec/${execId}/resize`, query, expect: [404, 409, 500] });
    },
    exitCode: async () => {
      const { hasEnded, exitCode } = await inspectExec(engine, execId);
      if (hasEnded) return exitCode;
      throw new BootletError('E_RUNTIME_UNAVAILABLE', 'docker closed the connection before the command ended');
    },
    close: async () => {
      connection.destroy();
      if (await killExec(options, id, execId, mark)) return;
      throw new BootletError('E_TIMEOUT', `command ${JSON.stringify(command)} could not be killed`);
    },
  };
};

/** A terminal has one stream and no frames. */
async function* outputOf(connection: Duplex, tty: boolean): AsyncGenerator<LogChunk> {
  const bytes = untilReset(connection);
  if (!tty) return yield* demultiplexed(bytes);
  for await (const data of bytes) yield { stream: 'stdout', data };
}

/** Docker resets the connection of a command that ended without having read all of its input. */
const RESET = new Set(['ECONNRESET', 'EPIPE']);

async function* untilReset(connection: Duplex): AsyncGenerator<Uint8Array> {
  try {
    yield* connection;
  } catch (error) {
    if (!RESET.has(systemCodeOf(error) ?? '')) throw error;
  }
}
