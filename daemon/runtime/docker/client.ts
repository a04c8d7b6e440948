import { request } from 'node:http';
import { type Duplex, Readable } from 'node:stream';
import { type Dispatcher, Pool } from 'undici';
import { BootletError, messageOf, systemCodeOf } from '../../errors.ts';
import { parsed, textOf } from './json.ts';

/** Calls in flight at once. Docker gains nothing beyond 8 starts; the rest leaves room for inspects, which wait for a container's lock while it starts. */
const CONNECTIONS = 24;
const CONNECT_MS = 5_000;
/** Docker answers a create or a start within seconds; minutes mean that it hangs. */
const ANSWER_MS = 120_000;
/** An inspect is 10 kB, a list of a thousand containers about 1 MB. */
const LARGEST_ANSWER = 64 * 1024 * 1024;
/** A connection is cheap to keep and costs a round of negotiation to lose. */
const IDLE_MS = 600_000;

/** An error's message, not a page of a proxy's. */
const LARGEST_REFUSAL = 16 * 1024;

/** undici's words for a connection that is gone; the system's (ECONNREFUSED, ENOENT, …) all mean the same. */
const LOST = new Set(['UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED']);
const SYSTEM_CODE = /^E[A-Z0-9]+$/;
const TOO_SLOW = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Statuses ≥ 400 that the caller understands; any other is an error. */
  readonly expect?: readonly number[];
  /** How long the answer may take to begin, or to go on; two minutes if not given. */
  readonly timeoutMs?: number;
  /** Ends the wait for it, with its reason. */
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  /** Decoded JSON; undefined when the body is empty. */
  readonly body: unknown;
}

export interface StreamCall extends Omit<Call, 'body' | 'expect' | 'timeoutMs'> {
  readonly body?: string | AsyncIterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The Docker Engine API at one unix socket: one request, one answer, errors as BootletError. Knows no container. */
export class DockerClient {
  readonly #calls: Pool;
  /** Streams last as long as they like, or as their signal lets them, and would starve the calls: each has a connection of its own. */
  readonly #streams: Pool;
  readonly #socketPath: string;

  /** @param onDisconnect called when a connection was lost: the next engine may be another one */
  constructor(socketPath: string, onDisconnect: () => void) {
    const connect = { socketPath, timeout: CONNECT_MS };
    this.#socketPath = socketPath;
    this.#calls = new Pool('http://docker', {
      connect,
      connections: CONNECTIONS,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
      maxResponseSize: LARGEST_ANSWER,
    });
    this.#calls.on('disconnect', onDisconnect);
    this.#streams = new Pool('http://docker', { connect, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** @throws BootletError E_RUNTIME_UNAVAILABLE, E_RUNTIME_REFUSED, E_TIMEOUT; whatever `signal` was aborted with */
  async call({ method, path, query, body, expect = [], timeoutMs = ANSWER_MS, signal }: Call): Promise<Answer> {
    const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs, ...(signal === undefined ? {} : { signal }) };
    const json =
      body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return this.#named(method, path, async () => {
      const answer = await this.#calls.request({ method, path: pathWith(path, query), ...limits, ...json });
      const text = await answer.body.text();
      if (answer.statusCode >= 400 && !expect.includes(answer.statusCode))
        throw refusal(method, path, answer.statusCode, text);
      return { status: answer.statusCode, body: decode(text) };
    });
  }

  /** A call whose answer is not JSON; undefined for a status of `expect`. @throws as `call` */
  async bytes({
    method,
    path,
    query,
    expect = [],
    timeoutMs = ANSWER_MS,
  }: Omit<Call, 'body' | 'signal'>): Promise<Uint8Array | undefined> {
    const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
    return this.#named(method, path, async () => {
      const answer = await this.#calls.request({ method, path: pathWith(path, query), ...limits });
      const bytes = Buffer.from(await answer.body.arrayBuffer());
      if (answer.statusCode < 400) return bytes;
      if (expect.includes(answer.statusCode)) return undefined;
      throw refusal(method, path, answer.statusCode, bytes.toString('utf8'));
    });
  }

  /**
   * A call whose answer is read as it comes. The body must be read to its end or destroyed.
   * @throws BootletError E_RUNTIME_UNAVAILABLE, E_RUNTIME_REFUSED, E_TIMEOUT; whatever `signal` was aborted with
   */
  async stream({
    method,
    path,
    query,
    body,
    headers = {},
    signal,
  }: StreamCall): Promise<Dispatcher.ResponseData['body']> {
    return this.#named(method, path, async () => {
      const answer = await this.#streams.request({
        method,
        path: pathWith(path, query),
        headers,
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : Readable.from(body, { objectMode: false }) }),
        ...(signal === undefined ? {} : { signal }),
      });
      // A body that breaks before anyone reads it would end the process; who reads it meets the error all the same.
      answer.body.on('error', () => {});
      if (answer.statusCode < 400) return answer.body;
      throw refusal(method, path, answer.statusCode, await beginningOf(answer.body));
    });
  }

  /**
   * A call that turns its connection into a stream in both directions. By node:http: undici's upgrades have no body.
   * @throws BootletError E_RUNTIME_UNAVAILABLE, E_RUNTIME_REFUSED
   */
  async upgrade({ path, body }: Pick<Call, 'path' | 'body'>): Promise<Duplex> {
    const method = 'POST';
    return this.#named(method, path, async () => {
      const headers = { host: 'docker', 'content-type': 'application/json', connection: 'Upgrade', upgrade: 'tcp' };
      const sent = request({ socketPath: this.#socketPath, method, path, headers, timeout: ANSWER_MS });
      const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
      sent.once('upgrade', (_answer, socket, head) => {
        socket.setTimeout(0);
        socket.unshift(head);
        resolve(socket);
      });
      sent.once('response', (answer) => {
        beginningOf(answer).then((text) => reject(refusal(method, path, answer.statusCode ?? 500, text)), reject);
      });
      sent.once('timeout', () => sent.destroy());
      sent.once('error', reject);
      sent.end(JSON.stringify(body));
      return promise;
    });
  }

  /** Turns an error of the transport, also one from the middle of a stream, into a BootletError. */
  translate(error: unknown, what: string): unknown {
    const code = systemCodeOf(error);
    if (error instanceof BootletError || code === undefined) return error;
    if (TOO_SLOW.has(code))
      return new BootletError('E_TIMEOUT', `docker did not answer ${what} in time`, { cause: error });
    if (!LOST.has(code) && !SYSTEM_CODE.test(code)) return error;
    return new BootletError(
      'E_RUNTIME_UNAVAILABLE',
      `docker does not answer at ${this.#socketPath}: ${messageOf(error)}`,
      {
        hint: 'Is Docker running? `systemctl status docker` tells; runtime.docker.endpoint says where bootlet looks for it.',
        cause: error,
      },
    );
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    await Promise.all([this.#calls.destroy(), this.#streams.destroy()]);
  }

  async #named<T>(method: string, path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.translate(error, `${method} ${path}`);
    }
  }
}

const pathWith = (path: string, query: Query = {}): string => {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) given.set(key, String(value));
  return given.size === 0 ? path : `${path}?${given}`;
};

const decode = (text: string): unknown => (text === '' ? undefined : parsed(text));

const beginningOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  let text = '';
  for await (const chunk of body) {
    text += Buffer.from(chunk).toString('utf8');
    if (text.length > LARGEST_REFUSAL) break;
  }
  return text;
};

/** Docker explains itself in `{"message"}`; a proxy in between, in anything. */
const refusal = (method: string, path: string, status: number, text: string): BootletError => {
  let message = text.trim();
  try {
    message = textOf(JSON.parse(text), 'message') ?? message;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return new BootletError(
    'E_RUNTIME_REFUSED',
    `docker refused ${method} ${path} with ${status}: ${message.slice(0, 2000)}`,
  );
};
