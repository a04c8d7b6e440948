import { existsSync } from 'node:fs';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Failure } from '../api/failure.ts';
import { BootletError, isErrorCode, systemCodeOf } from '../errors.ts';

export const DEFAULT_SOCKET = '/run/bootlet/bootlet.sock';

/** How long a daemon has to begin an answer, unless said otherwise; it holds all that it is asked for in memory. */
export const ANSWER_MS = 10_000;
/** The same where the runtime has to do something first, which takes its time on a busy host. */
const UPGRADE_MS = 60_000;

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
  /** A stream in both directions, on the admin socket. `withinMs` as for get; default: one minute. */
  upgrade(path: string, protocol: string, withinMs?: number): Promise<Duplex>;
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

/** Of a Status; Node itself refuses, and without one, what is no HTTP or too long. */
const answerError = async (answer: IncomingMessage): Promise<BootletError> => {
  const { statusCode = 500, statusMessage } = answer;
  const body = await text(answer);
  if (!(answer.headers['content-type'] ?? '').startsWith('application/json')) {
    const code = statusCode < 500 ? 'E_USAGE' : 'E_INTERNAL';
    return new BootletError(code, `the daemon answered ${statusCode} ${statusMessage}`, { retryable: false });
  }
  const { message, details }: Failure = JSON.parse(body);
  const [cause] = details.causes;
  const hint = cause === undefined || cause.message === '' ? {} : { hint: cause.message };
  return new BootletError(isErrorCode(cause?.reason) ? cause.reason : 'E_INTERNAL', message, hint);
};

interface Begun {
  readonly answer: IncomingMessage;
  /** Where the daemon has taken an upgrade. */
  readonly connection?: Duplex;
}

/** Sends a request. Resolves when the daemon begins its answer. */
const send = (
  socketPath: string,
  { headers, ...options }: Pick<RequestOptions, 'method' | 'path'> & { readonly headers: Record<string, string> },
  withinMs: number,
): Promise<Begun> =>
  new Promise((resolve, reject) => {
    const sent = request({ socketPath, ...options, headers: { host: 'bootlet', ...headers } });
    const timer = setTimeout(() => sent.destroy(noAnswer(socketPath, withinMs)), withinMs);
    sent.once('response', (answer) => resolve({ answer }));
    sent.once('upgrade', (answer, connection, head) => {
      connection.unshift(head);
      resolve({ answer, connection });
    });
    sent.once('error', (error) => reject(error instanceof BootletError ? error : connectionError(socketPath, error)));
    for (const event of ['response', 'upgrade', 'error']) sent.once(event, () => clearTimeout(timer));
    sent.end();
  });

const call = async (
  socket: string,
  method: string,
  path: string,
  { accept = 'application/json', withinMs = ANSWER_MS }: GetOptions = {},
): Promise<IncomingMessage> => {
  const { answer } = await send(socket, { method, path, headers: { accept } }, withinMs);
  if ((answer.statusCode ?? 500) >= 400) throw await answerError(answer);
  return answer;
};

const upgrade = async (socket: string, path: string, protocol: string, withinMs: number): Promise<Duplex> => {
  const headers = { connection: 'Upgrade', upgrade: protocol };
  const { answer, connection } = await send(socket, { path, headers }, withinMs);
  if (connection === undefined) throw await answerError(answer);
  return connection;
};

/**
 * @param socket path of bootlet.sock; admin.sock is beside it
 * @throws from each call: BootletError E_DAEMON_UNREACHABLE, E_PERMISSION, E_TIMEOUT, or what the daemon answers
 */
export const clientOf = (socket: string): Client => ({
  // Daemon and command line are one executable: an answer has the shape that api/ gives it.
  get: async (path, options) => JSON.parse(await text(await call(socket, 'GET', path, options))),
  stream: (path, accept) => call(socket, 'GET', path, accept === undefined ? {} : { accept }),
  upgrade: (path, protocol, withinMs = UPGRADE_MS) =>
    upgrade(join(dirname(socket), 'admin.sock'), path, protocol, withinMs),
  post: async (path) => JSON.parse(await text(await call(join(dirname(socket), 'admin.sock'), 'POST', path))),
});
