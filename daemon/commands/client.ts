import { existsSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Failure } from '../api/failure.ts';
import { BootletError, type ErrorCode, errorTable, systemCodeOf } from '../errors.ts';

export const DEFAULT_SOCKET = '/run/bootlet/bootlet.sock';

/** How long a daemon has to begin an answer, unless said otherwise; it holds all that it is asked for in memory. */
export const ANSWER_MS = 10_000;

interface GetOptions {
  readonly accept?: string;
  /** How long the daemon has to begin its answer. Default: ANSWER_MS. */
  readonly withinMs?: number;
}

/** Calls a daemon on its sockets. */
export interface Client {
  /** Decoded JSON. */
  get<T>(path: string, options?: GetOptions): Promise<T>;
  /** The body as it comes; it ends when the daemon ends it. */
  stream(path: string, accept?: string): Promise<IncomingMessage>;
  /** A stream in both directions, on the admin socket. */
  upgrade(path: string, protocol: string): Promise<Duplex>;
  /** On the admin socket. */
  post<T>(path: string): Promise<T>;
}

const howToStart = (socket: string): string => {
  if (socket !== DEFAULT_SOCKET) return `start the daemon whose paths.run is ${dirname(socket)}`;
  if (existsSync('/run/systemd/system')) {
    return 'start it with: systemctl start bootlet; why it ended: journalctl -u bootlet -n 20';
  }
  return 'start it with: service bootlet start; why it ended: tail /var/log/bootlet.log';
};

const connectionError = (socket: string, cause: Error): BootletError => {
  const code = systemCodeOf(cause);
  if (code === 'EACCES' || code === 'EPERM') {
    const hint = 'root may, and for what only reads the members of the group bootlet';
    return new BootletError('E_PERMISSION', `${socket} may not be used by this user`, { cause, hint });
  }
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new BootletError('E_DAEMON_UNREACHABLE', `no bootlet daemon runs: nothing listens on ${socket}`, {
      cause,
      hint: howToStart(socket),
    });
  }
  return new BootletError('E_DAEMON_UNREACHABLE', `${socket}: ${cause.message}`, { cause, hint: howToStart(socket) });
};

const noAnswer = (socket: string, withinMs: number): BootletError =>
  new BootletError('E_TIMEOUT', `the daemon on ${socket} did not answer within ${withinMs / 1000} s`, {
    hint: 'is the host short of CPU or memory? systemctl restart bootlet leaves the pods running',
  });

const isErrorCode = (code: string | undefined): code is ErrorCode =>
  code !== undefined && Object.hasOwn(errorTable, code);

const answerError = (body: string): BootletError => {
  const { message, details }: Failure = JSON.parse(body);
  const [cause] = details.causes;
  const hint = cause === undefined || cause.message === '' ? {} : { hint: cause.message };
  return new BootletError(isErrorCode(cause?.reason) ? cause.reason : 'E_INTERNAL', message, hint);
};

const call = async (
  socket: string,
  method: string,
  path: string,
  { accept = 'application/json', withinMs = ANSWER_MS }: GetOptions = {},
): Promise<IncomingMessage> => {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({ socketPath: socket, method, path, headers: { host: 'bootlet', accept } });
    const timer = setTimeout(() => sent.destroy(noAnswer(socket, withinMs)), withinMs);
    sent.once('response', resolve);
    sent.once('error', (error) => reject(error instanceof BootletError ? error : connectionError(socket, error)));
    for (const event of ['response', 'error']) sent.once(event, () => clearTimeout(timer));
    sent.end();
  });
  if ((answer.statusCode ?? 500) >= 400) throw answerError(await text(answer));
  return answer;
};

const upgrade = (socketPath: string, path: string, protocol: string): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const headers = { host: 'bootlet', connection: 'Upgrade', upgrade: protocol };
    const sent = request({ socketPath, path, headers });
    sent.once('upgrade', (_answer, connection, head) => {
      connection.unshift(head);
      resolve(connection);
    });
    sent.once('response', (answer) => {
      text(answer).then((body) => reject(answerError(body)), reject);
    });
    sent.once('error', (error) => reject(connectionError(socketPath, error)));
    sent.end();
  });

/**
 * @param socket path of bootlet.sock; admin.sock is beside it
 * @throws from each call: BootletError E_DAEMON_UNREACHABLE, E_PERMISSION, E_TIMEOUT, or what the daemon answers
 */
export const clientOf = (socket: string): Client => ({
  // Daemon and command line are one executable: an answer has the shape that api/ gives it.
  get: async (path, options) => JSON.parse(await text(await call(socket, 'GET', path, options))),
  stream: (path, accept) => call(socket, 'GET', path, accept === undefined ? {} : { accept }),
  upgrade: (path, protocol) => upgrade(join(dirname(socket), 'admin.sock'), path, protocol),
  post: async (path) => JSON.parse(await text(await call(join(dirname(socket), 'admin.sock'), 'POST', path))),
});
