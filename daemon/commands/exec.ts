import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { BootletError } from '../errors.ts';
import { clientFor } from './context.ts';
import { EXIT } from './exit-code.ts';
import { findPod, pathOf } from './find-pod.ts';
import type { Io, Terminal } from './io.ts';

interface ExecOptions {
  readonly container?: string;
  readonly stdin?: boolean;
  readonly tty?: boolean;
}

export const addExec = (program: Command, io: Io): void => {
  program
    .command('exec')
    .description('run a command in a container')
    .argument('<name>', 'NAME or NAMESPACE/NAME, with or without the node at its end')
    .argument('<command...>', 'after --, and not by a shell')
    .option('-c, --container <name>', 'which container, when the pod has several')
    .option('-i, --stdin', 'pass the standard input on')
    .option('-t, --tty', 'with a terminal')
    .action(async (wanted: string, words: readonly string[], options: ExecOptions, command: Command) => {
      const client = clientFor(command, io);
      const name = await findPod(client, wanted);
      const terminal = options.tty === true && options.stdin === true ? io.terminal : undefined;
      if (options.tty === true && terminal === undefined)
        io.note('hint: no terminal is used: -t needs -i, and both ends to be a terminal\n');
      const { EXEC_UPGRADE } = await import('../api/exec-frames.ts');
      const query = new URLSearchParams();
      for (const word of words) query.append('command', word);
      if (options.container !== undefined) query.set('container', options.container);
      if (options.stdin === true) query.set('stdin', 'true');
      if (terminal !== undefined) query.set('tty', 'true');
      const connection = await client.upgrade(`/api/v1/${pathOf(name)}/exec?${query}`, EXEC_UPGRADE);
      io.setExitCode(await converse(connection, io, options.stdin === true, terminal));
    });
};

/** Passes the streams on until the command ends. Resolves with its exit code. */
const converse = async (
  connection: Duplex,
  io: Io,
  withInput: boolean,
  terminal: Terminal | undefined,
): Promise<number> => {
  const { channel, frameOf, framesOf } = await import('../api/exec-frames.ts');
  const over = new AbortController();
  const sendSize = (size: { readonly columns: number; readonly rows: number }): void => {
    const data = JSON.stringify({ Width: size.columns, Height: size.rows });
    connection.write(frameOf(channel.resize, Buffer.from(data)));
  };
  const giveBack = terminal?.takeOver(sendSize);
  async function* inputFrames(source: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const data of source) yield frameOf(channel.stdin, Buffer.from(data));
    yield frameOf(channel.close, Buffer.of(channel.stdin));
  }
  const input = withInput
    ? pipeline(io.stdin, inputFrames, connection, { end: false, signal: over.signal }).catch((error: Error) => {
        // Once the command has ended nobody waits for more input; before, this is what ends the frames below.
        if (!over.signal.aborted) connection.destroy(error);
      })
    : undefined;
  const stderr = new TextDecoder();
  try {
    for await (const frame of framesOf(connection)) {
      if (frame.channel === channel.stderr) io.note(stderr.decode(frame.data, { stream: true }));
      if (frame.channel === channel.stdout && !io.stdout.write(frame.data))
        await new Promise((resolve) => io.stdout.once('drain', resolve));
      if (frame.channel === channel.status) return exitCodeIn(frame.data);
    }
    throw new BootletError('E_DAEMON_UNREACHABLE', 'the connection was lost before the command ended');
  } finally {
    giveBack?.();
    over.abort();
    connection.destroy();
    await input;
  }
};

/** Of the metav1.Status that a remote command ends with. */
const exitCodeIn = (data: Uint8Array): number => {
  const { status, details }: { status: string; details?: { causes?: { reason: string; message: string }[] } } =
    JSON.parse(Buffer.from(data).toString());
  const code = details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  return status === 'Success' ? EXIT.ok : Number(code ?? EXIT.failure);
};
