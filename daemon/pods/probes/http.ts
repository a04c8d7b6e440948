import { type ClientRequest, type IncomingMessage, request as sendRequest } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { URL } from 'node:url';
import type { HttpRequest } from './http-request.ts';
import { hostPort, networkError } from './network-error.ts';
import { errored, failure, type ProbeAttempt, success } from './probe.ts';

const MAX_REDIRECTS = 10;
const MAX_BODY_BYTES = 10 * 1024;
const MAX_HEADER_BYTES = 1024 * 1024;

/** An httpGet probe (pkg/probe/http DoHTTPProbe): 200 to 299 succeeds, 300 to 399 does with a warning. A failure once `signal` aborts. */
export const probeHttp = async (request: HttpRequest, signal: AbortSignal): Promise<ProbeAttempt> => {
  const answer = await httpGet(request, signal);
  if (answer.kind !== 'answer') return answer.kind === 'none' ? failure(answer.message) : errored(answer.message);
  const { status, body } = answer;
  if (status < 200 || status >= 400) return failure(`HTTP probe failed with statuscode: ${status}`);
  if (status < 300) return success();
  return { outcome: 'warning', message: `Probe terminated redirects, Response body: ${body}` };
};

/** What came of a GET: `none` without an answer's head, `cut` when its body broke off. */
export type HttpAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  | { readonly kind: 'none' | 'cut'; readonly message: string };

/**
 * A GET as the kubelet's client does it: redirects are followed as long as they stay on the host, certificates are not
 * verified, there is no proxy and no connection is kept. Never throws.
 */
export const httpGet = async (first: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> => {
  let request = first;
  for (let sent = 1; ; sent++) {
    const { head, message } = await exchange(request, signal);
    if (head === undefined) return { kind: 'none', message: `Get "${urlOf(request)}": ${message}` };
    const { status, location, body } = head;
    if (location === undefined) {
      return message === '' ? { kind: 'answer', status, body } : { kind: 'cut', message };
    }
    const url = URL.parse(location, urlOf(request));
    if (url === null) return { kind: 'none', message: `failed to parse Location header "${location}"` };
    // As Go's RedirectChecker: another port is no other host.
    if (hostOf(url) !== first.host.toLowerCase()) return { kind: 'answer', status, body };
    if (sent === MAX_REDIRECTS)
      return { kind: 'none', message: `Get "${url.href}": stopped after ${MAX_REDIRECTS} redirects` };
    request = redirected(request, url, !URL.canParse(location));
  }
};

const urlOf = ({ secure, host, port, path }: HttpRequest): string =>
  `${secure ? 'https' : 'http'}://${hostPort(host, port)}${path}`;

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** A Host header of the manifest's own is kept where the redirect names no host. */
const redirected = (from: HttpRequest, url: URL, relative: boolean): HttpRequest => {
  const secure = url.protocol === 'https:';
  const port = Number(url.port) || (secure ? 443 : 80);
  const path = `${url.pathname}${url.search}`;
  return { ...from, secure, port, path, authority: relative ? from.authority : url.host };
};

interface Exchange {
  /** Absent when there was no answer. */
  readonly head?: {
    readonly status: number;
    /** Set for a redirect that names its target. */
    readonly location: string | undefined;
    /** Of a redirect; others are read to see that they arrive, and not kept. */
    readonly body: string;
  };
  /** What went wrong, if anything did. */
  readonly message: string;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const exchange = async (request: HttpRequest, signal: AbortSignal): Promise<Exchange> => {
  const { host, port, path, authority, headers } = request;
  // Node's TLS is large: only https pays for it.
  const connectTls = request.secure ? (await import('node:tls')).connect : undefined;
  const createConnection = (): Socket =>
    connectTls?.({ host, port, rejectUnauthorized: false, ...(isIP(host) ? {} : { servername: host }) }) ??
    connect({ host, port });
  return new Promise((resolve) => {
    const failed = (error: unknown, head?: Exchange['head']): void => {
      const why = signal.aborted ? TIMED_OUT : isPlainHttp(error) ? PLAIN_HTTP : networkError(error, host, port);
      resolve(head === undefined ? { message: why } : { head, message: why });
    };
    let sending: ClientRequest;
    const abort = (): void => void sending.destroy();
    try {
      sending = sendRequest({
        path,
        headers: ['Host', authority, ...headers, 'Connection', 'close'],
        maxHeaderSize: MAX_HEADER_BYTES,
        // Instead of an agent, which would have nothing to do but cost time.
        createConnection,
      });
    } catch (error) {
      // A header or path that cannot be sent.
      return failed(error);
    }
    sending.on('error', failed);
    sending.on('close', () => signal.removeEventListener('abort', abort));
    sending.on('response', (response) => read(response, failed, resolve));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
    sending.end();
  });
};

/** Reads the body up to its limit. */
const read = (
  response: IncomingMessage,
  failed: (error: unknown, head: Exchange['head']) => void,
  resolve: (exchange: Exchange) => void,
): void => {
  const status = response.statusCode ?? 0;
  const keeps = status >= 300 && status < 400;
  const chunks: Buffer[] = [];
  let left = MAX_BODY_BYTES;
  const head = () => ({
    status,
    location: REDIRECTS.has(status) ? response.headers.location : undefined,
    body: Buffer.concat(chunks).toString(),
  });
  response.on('data', (chunk: Buffer) => {
    if (keeps && left > 0) chunks.push(chunk.subarray(0, left));
    left -= chunk.length;
    if (left > 0) return;
    resolve({ head: head(), message: '' });
    response.destroy();
  });
  response.on('end', () => resolve({ head: head(), message: '' }));
  response.on('error', (error) => failed(error, head()));
};

const TIMED_OUT = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
/** Go's words, by which a hook falls back to HTTP. */
export const PLAIN_HTTP = 'http: server gave HTTP response to HTTPS client';

const isPlainHttp = (error: unknown): boolean =>
  error instanceof Error && /wrong version number|packet length too long/.test(error.message);
