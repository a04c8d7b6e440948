import type { Duplex } from 'node:stream';
import { BootletError } from '../../errors.ts';
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
    exitCode: async () => (await inspectExec(engine, execId)).exitCode,
    close: async () => {
      connection.destroy();
      if (await killExec(options, id, execId, mark)) return;
      throw new BootletError('E_TIMEOUT', `command ${JSON.stringify(command)} could not be killed`);
    },
  };
};

/** A terminal has one stream and no frames. */
async function* outputOf(connection: Duplex, tty: boolean): AsyncGenerator<LogChunk> {
  if (!tty) return yield* demultiplexed(connection);
  for await (const data of connection) yield { stream: 'stdout', data };
}
