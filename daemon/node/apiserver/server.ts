import { setImmediate } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';
import { BootletError } from '../../errors.ts';
import { isMap } from '../../host/json-value.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { CounterTally } from '../../reconcile/tally.ts';
import { version } from '../../version.ts';
import type { Identity } from './access.ts';
import type { ApiAnswer, ApiCall } from './apiserver.ts';
import { connectOptions, type Target } from './connect-options.ts';
import { jsonOf } from './json.ts';
import { Refusal, refused } from './refusal.ts';
import { retryAtOf } from './retry-after.ts';

/** A page of a list with large items; the apiserver itself takes no object above 3 MiB. */
const LARGEST_ANSWER = 32 * 1024 * 1024;
const LARGEST_REFUSAL = 1024 * 1024;
/** kube-apiserver closes a connection that was idle for 90 s, many a balancer after 60 s: to be the first loses no request. */
const IDLE_MS = 50_000;
/** Watches and calls together; HTTP/1.1 has one of them on a connection at a time. */
const CONNECTIONS = 32;

export interface ServerOptions extends Target {
  readonly clock: Clock;
  /** Of requests by `code`, `host` and `method`. */
  readonly requests: CounterTally;
}

export interface Stream {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Breaks it off, where it has not ended; to be called in any case. */
  readonly end: (reason?: unknown) => void;
}

/**
 * One server, and the connections to it. HTTP/1.1 on purpose: with a connection for each request that is under way, one
 * that hangs or is broken off takes no other with it, and the kernel's keep-alive tells of each whether it is alive.
 */
export class Server {
  readonly url: string;
  /** ms since the epoch; it asked not to be asked before. */
  askAt = 0;
  readonly #options: ServerOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #watches = new Set<AbortController>();
  #pool: Pool;
  #heardAt = 0;

  /** @throws BootletError E_TLS_UNTRUSTED for what could be sent to no one safely */
  constructor(options: ServerOptions) {
    this.url = options.url;
    this.#options = options;
    this.#headers = {
      accept: 'application/json',
      'user-agent': `bootlet/${version}`,
      ...authorization(options.access.identity),
    };
    this.#pool = this.#newPool();
  }

  /** Whether nothing came from it for so long; not known, after the host's clock was set back, counts as yes. */
  isSilentFor(ms: number): boolean {
    const silent = this.#options.clock.now() - this.#heardAt;
    return silent < 0 || silent >= ms;
  }

  get watches(): number {
    return this.#watches.size;
  }

  /** @throws BootletError E_APISERVER_REFUSED, E_APISERVER_ANSWER; whatever the connection throws; the reason of `signal` */
  async call(call: ApiCall, signal: AbortSignal): Promise<ApiAnswer> {
    const answer = await this.#send(call, signal);
    const { statusCode: status } = answer;
    if (status >= 300 && !call.expect?.includes(status)) throw await this.#refusal(call, answer);
    const bytes = await this.#read(call, answer, LARGEST_ANSWER);
    const body = isJson(answer) ? jsonOf(bytes) : undefined;
    if (body === undefined) throw this.#misunderstood(call, answer);
    return { status, body };
  }

  /** The answer to a watch as it comes. @throws as `call` */
  async open(call: ApiCall, signal: AbortSignal): Promise<Stream> {
    const life = new AbortController();
    const giveUp = (): void => life.abort(signal.reason);
    const end = (reason?: unknown): void => {
      this.#watches.delete(life);
      life.abort(reason);
    };
    this.#watches.add(life);
    signal.addEventListener('abort', giveUp);
    try {
      signal.throwIfAborted();
      const answer = await this.#send(call, life.signal);
      if (answer.statusCode !== 200) throw await this.#refusal(call, answer);
      if (!isJson(answer)) throw this.#misunderstood(call, answer);
      return { bytes: this.#heard(answer.body), end };
    } catch (error) {
      end();
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Whether it says that it is ready. @throws whatever the connection throws; the reason of `signal` */
  async isReady(signal: AbortSignal): Promise<boolean> {
    const answer = await this.#send({ method: 'GET', path: '/readyz' }, signal);
    await answer.body.dump({ limit: LARGEST_REFUSAL });
    const { statusCode: status } = answer;
    // Who may not ask has been answered all the same; what answers in HTML is something else.
    return (status === 200 && isOf(answer, 'text/plain')) || ((status === 401 || status === 403) && isJson(answer));
  }

  /** Lets the calls under way end; the watches and what is idle end now. */
  async retire(reason: Error): Promise<void> {
    this.#endWatches(reason);
    await this.#pool.close();
  }

  /** Breaks off everything that is under way. */
  async destroy(reason: Error): Promise<void> {
    this.#endWatches(reason);
    await this.#pool.destroy(reason);
  }

  /** Gives up every connection: they may all be dead. The next request makes a new one. */
  renew(reason: Error): Promise<void> {
    const old = this.#pool;
    this.#pool = this.#newPool();
    this.#endWatches(reason);
    return old.destroy(reason);
  }

  #newPool(): Pool {
    this.#heardAt = this.#options.clock.now();
    return new Pool(this.url, {
      connect: connectOptions(this.#options),
      allowH2: false,
      connections: CONNECTIONS,
      pipelining: 1,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
      // Every request has a signal that ends it.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  #endWatches(reason: Error): void {
    for (const watch of this.#watches) watch.abort(reason);
  }

  async #send(
    { method, path, query, body, contentType }: ApiCall,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    signal.throwIfAborted();
    const content =
      body === undefined ? {} : { 'content-type': contentType ?? 'application/json', body: JSON.stringify(body) };
    const { body: text, ...type } = { body: null, ...content };
    const asked = this.#pool.request({
      method,
      path: withQuery(path, query),
      headers: { ...this.#headers, ...type },
      body: text,
      signal,
    });
    const count = (code: string): void =>
      this.#options.requests.increment({ code, host: new URL(this.url).host, method });
    const answer = await orAborted(asked, signal).catch((error: unknown) => {
      count('<error>');
      throw error;
    });
    count(String(answer.statusCode));
    // A body that breaks before anyone reads it would end the process; who reads it meets the error all the same.
    answer.body.on('error', () => {});
    this.#heardAt = this.#options.clock.now();
    return answer;
  }

  async #read(call: ApiCall, answer: Dispatcher.ResponseData, limit: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of this.#heard(answer.body)) {
      length += piece.length;
      if (length > limit) {
        const most = `${limit / 1024 / 1024} MiB`;
        throw new BootletError('E_APISERVER_ANSWER', `${this.#told(call, answer)}, and more than ${most}`, {
          retryable: false,
        });
      }
      pieces.push(piece);
    }
    // undici frees a connection in the turn after its answer ended: who asks again at once would be given a new one.
    await setImmediate();
    return Buffer.concat(pieces);
  }

  async *#heard(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of body) {
      this.#heardAt = this.#options.clock.now();
      yield piece;
    }
  }

  async #refusal(call: ApiCall, answer: Dispatcher.ResponseData): Promise<BootletError> {
    const { statusCode: status, headers } = answer;
    const bytes = await this.#read(call, answer, LARGEST_REFUSAL);
    const now = this.#options.clock.now();
    const retryAt = status === 429 || status === 503 ? retryAtOf(headers['retry-after']?.toString(), now) : undefined;
    if (retryAt !== undefined) this.askAt = Math.max(this.askAt, retryAt);
    const body = isJson(answer) ? jsonOf(this.#withoutToken(bytes)) : undefined;
    // kube-apiserver itself says in plain text that it has too much to do.
    const isStatus = isMap(body) && body['kind'] === 'Status';
    if (status < 400 || (!isStatus && status !== 429 && status !== 503)) return this.#misunderstood(call, answer);
    return refused({ ...call, server: this.url, refusal: new Refusal(status, body), retryAt });
  }

  /** A server may say anything, and what it says goes to logs. */
  #withoutToken(bytes: Uint8Array): Uint8Array {
    const { identity } = this.#options.access;
    if (identity.kind !== 'token') return bytes;
    return Buffer.from(Buffer.from(bytes).toString('utf8').replaceAll(identity.token, '(the token)'));
  }

  #misunderstood(call: ApiCall, answer: Dispatcher.ResponseData): BootletError {
    const { location } = answer.headers;
    const elsewhere = location === undefined ? '' : ' and a redirect, which is not followed';
    return new BootletError('E_APISERVER_ANSWER', `${this.#told(call, answer)}${elsewhere}`, {
      hint: 'A proxy, a balancer or another service may have the address: `curl -k` on it shows what answers.',
    });
  }

  /** The content type is a word or two of a stranger's; no more of it is said. */
  #told({ method, path }: ApiCall, { statusCode, headers }: Dispatcher.ResponseData): string {
    const type = headers['content-type']?.toString().slice(0, 80) ?? 'no content type';
    return `${this.url} answers ${method} ${path} with ${statusCode}, ${type}`;
  }
}

const isOf = ({ headers }: Dispatcher.ResponseData, type: string): boolean =>
  headers['content-type']?.toString().startsWith(type) ?? false;

const isJson = (answer: Dispatcher.ResponseData): boolean => isOf(answer, 'application/json');

const withQuery = (path: string, query: ApiCall['query']): string =>
  query === undefined ? path : `${path}?${new URLSearchParams(query)}`;

const authorization = (identity: Identity): Readonly<Record<string, string>> =>
  identity.kind === 'token' ? { authorization: `Bearer ${identity.token}` } : {};

/** undici lets a request that waits for its connection wait on, though its signal has aborted. */
const orAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
