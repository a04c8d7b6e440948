import type { IncomingMessage } from 'node:http';
import { type Duplex, Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyInstance } from 'fastify';
import { BootletError } from '../errors.ts';
import type { Reader } from '../reconcile/store.ts';
import type { ContainerRuntime, ExecSession } from '../runtime/runtime.ts';
import type { Log } from './app.ts';
import type { Collection } from './collection.ts';
import { find } from './collection-routes.ts';
import { attemptsOf, chooseContainer, refused } from './containers.ts';
import { channel, EXEC_UPGRADE, frameOf, framesOf } from './exec-frames.ts';
import { failureOf, rawAnswer } from './failure.ts';
import { isSet, queryOf } from './list-request.ts';
import type { ServedPod } from './pods.ts';

export interface ExecSources {
  readonly pods: Collection<ServedPod>;
  readonly store: Reader;
  readonly runtime: Pick<ContainerRuntime, 'openExec'>;
  readonly log: Log;
}

const PATH = /^\/api\/v1\/namespaces\/([^/?]+)\/pods\/([^/?]+)\/exec(\?|$)/;

/**
 * Runs commands in containers, with Kubernetes' parameters (container, command, stdin, tty) and channels. The connection
 * is upgraded to a stream of frames; a command whose client goes away is killed.
 */
export const serveExec = (app: FastifyInstance, sources: ExecSources): void => {
  const open = new Set<Duplex>();
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // Whoever reads or writes meets the error; without a listener it would end the process.
    socket.on('error', () => undefined);
    socket.unshift(head);
    serve(request, socket, sources).catch((error: unknown) => {
      sources.log.warn({ err: error, url: request.url }, 'exec failed');
      socket.destroy();
    });
  });
  // An upgraded connection is no longer the server's, which would wait for its end.
  app.addHook('preClose', async () => {
    for (const socket of open) socket.destroy();
  });
};

const serve = async (request: IncomingMessage, socket: Duplex, sources: ExecSources): Promise<void> => {
  let session: ExecSession;
  try {
    session = await openSession(request, sources);
  } catch (error) {
    socket.end(rawAnswer(failureOf(error, { kind: 'pods' })));
    return;
  }
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${EXEC_UPGRADE}\r\n\r\n`);
  let hasEnded = false;
  socket.once('close', () => {
    if (hasEnded) return;
    session.close().catch((error: unknown) => sources.log.warn({ err: error }, 'a command was not killed'));
  });
  const input = forwardInput(socket, session).catch((error: unknown) => {
    if (!hasEnded) sources.log.warn({ err: error }, 'the input of a command broke off');
  });
  try {
    await pipeline(Readable.from(outputFrames(session)), socket, { end: false });
    const status = statusOf(await session.exitCode());
    hasEnded = true;
    socket.end(frameOf(channel.status, Buffer.from(JSON.stringify(status))));
  } catch (error) {
    // The client went away; its command is being killed.
    if (!socket.destroyed) throw error;
  }
  await input;
};

const openSession = async (request: IncomingMessage, { pods, store, runtime }: ExecSources): Promise<ExecSession> => {
  const url = request.url ?? '';
  const [, namespace, name] = PATH.exec(url) ?? [];
  if (namespace === undefined || name === undefined || request.headers.upgrade !== EXEC_UPGRADE) {
    throw new BootletError('E_NOT_FOUND', 'the server could not find the requested resource', { retryable: false });
  }
  const query = queryOf(url);
  const pod = find(pods, { namespace: decoded(namespace), name: decoded(name) });
  const container = chooseContainer(pod, query.get('container'));
  const command = query.getAll('command');
  if (command.length === 0) throw refused('a command must be given');
  const running = attemptsOf(store, pod, container).find(({ state }) => state === 'running');
  if (running === undefined) throw refused(`container "${container}" of pod "${pod.metadata.name}" does not run`);
  return runtime.openExec(running.id, { command, stdin: isSet(query, 'stdin'), tty: isSet(query, 'tty') });
};

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw refused(`"${part}" is not a valid part of a path`);
  }
};

async function* outputFrames({ output }: ExecSession): AsyncGenerator<Buffer> {
  for await (const { stream, data } of output) yield frameOf(channel[stream], data);
}

/** Ends with the connection, whichever side closes it: what comes after the command's end is read and dropped. */
const forwardInput = async (socket: Duplex, session: ExecSession): Promise<void> => {
  try {
    for await (const frame of framesOf(socket)) {
      if (frame.channel === channel.stdin && session.input.writable) {
        if (!session.input.write(frame.data)) await drained(session.input);
      } else if (frame.channel === channel.close) session.input.end();
      else if (frame.channel === channel.resize) await session.resize(sizeIn(frame.data));
    }
  } finally {
    // A client that says no more has gone, or got its answer.
    socket.destroy();
  }
};

/** Until more can be taken, or nothing any more: the input of a command that has ended never drains. */
const drained = (stream: Writable): Promise<void> =>
  new Promise((resolve) => {
    const settle = (): void => {
      stream.off('drain', settle).off('close', settle);
      resolve();
    };
    stream.on('drain', settle).on('close', settle);
  });

/** Kubernetes' TerminalSize: `{"Width":80,"Height":24}`. */
const sizeIn = (data: Uint8Array): { readonly columns: number; readonly rows: number } => {
  const { Width, Height }: { Width?: unknown; Height?: unknown } = JSON.parse(Buffer.from(data).toString());
  const [columns, rows] = [Number(Width), Number(Height)];
  if (Number.isSafeInteger(columns) && Number.isSafeInteger(rows)) return { columns, rows };
  throw refused('a size must be two whole numbers');
};

/** metav1.Status as Kubernetes ends a remote command with. */
const statusOf = (exitCode: number) => {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {} };
  if (exitCode === 0) return { ...status, status: 'Success' };
  const message = `command terminated with non-zero exit code: ${exitCode}`;
  const causes = [{ reason: 'ExitCode', message: String(exitCode) }];
  return { ...status, status: 'Failure', message, reason: 'NonZeroExitCode', details: { causes } };
};
