import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { URL } from 'node:url';
import { failure, type ProbeAttempt, success } from './probe.ts';

export interface HttpProbe {
  /** `http:` or `https:`, host, port and path. */
  readonly url: URL;
  /** In the manifest's order; a Host header replaces the URL's host. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

const USER_AGENT = 'kube-probe/1.36';
const MAX_REDIRECTS = 10;
const MAX_BODY_BYTES = 10 * 1024;

/**
 * An httpGet probe (pkg/probe/http): 200 to 399 succeeds; redirects on the same host are followed, one to another host
 * is a success with a warning; certificates are not verified; no proxy, no connection kept. A failure once `signal` aborts.
 */
export const probeHttp = async ({ url, headers }: HttpProbe, signal: AbortSignal): Promise<ProbeAttempt> => {
  let target = url;
  try {
    for (let hops = 0; ; hops++) {
      const answer = await get(target, headersOf(headers), signal);
      const next = answer.location === undefined ? undefined : URL.parse(answer.location, target.href);
      if (next === undefined) return verdict(answer);
      if (next === null) return failure(`failed to parse Location header "${answer.location}"`);
      if (next.host !== url.host)
        return { outcome: 'warning', message: `Probe terminated redirects, Response body: ${answer.body}` };
      if (hops === MAX_REDIRECTS - 1) return failure(`Get "${next.href}": stopped after ${MAX_REDIRECTS} redirects`);
      target = next;
    }
  } catch (error) {
    const reason = signal.aborted
      ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      : String(error instanceof Error ? error.message : error);
    return failure(`Get "${target.href}": ${reason}`);
  }
};

interface Answer {
  readonly status: number;
  /** Set for a redirect that names its target. */
  readonly location: string | undefined;
  readonly body: string;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const get = (url: URL, headers: Record<string, string | string[]>, signal: AbortSignal): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const options = { headers, signal, agent: false, rejectUnauthorized: false };
    const onAnswer = (response: IncomingMessage): void => {
      const status = response.statusCode ?? 0;
      const location = REDIRECTS.has(status) ? response.headers.location : undefined;
      readBody(response).then((body) => resolve({ status, location, body }), reject);
    };
    const request =
      url.protocol === 'https:' ? requestHttps(url, options, onAnswer) : requestHttp(url, options, onAnswer);
    request.on('error', reject);
    request.end();
  });

/** The first 10 KiB; the rest is not read. */
const readBody = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8', 0, Math.min(length, MAX_BODY_BYTES));
};

const verdict = ({ status }: Answer): ProbeAttempt =>
  status >= 200 && status < 400 ? success() : failure(`HTTP probe failed with statuscode: ${status}`);

/** Kubernetes' own User-Agent and Accept unless the manifest has its own; an empty `Accept` removes the header. */
const headersOf = (own: HttpProbe['headers']): Record<string, string | string[]> => {
  const headers: Record<string, string[]> = {};
  for (const { name, value } of own) headers[name.toLowerCase()] = [...(headers[name.toLowerCase()] ?? []), value];
  const merged: Record<string, string | string[]> = {
    'user-agent': [USER_AGENT],
    accept: ['*/*'],
    ...headers,
    connection: 'close',
  };
  for (const name of ['accept', 'user-agent', 'host']) {
    const value = merged[name];
    if (Array.isArray(value)) merged[name] = value[0] ?? '';
    if (merged[name] === '') delete merged[name];
  }
  return merged;
};
