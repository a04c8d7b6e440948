import type { Container, HTTPGetAction } from '../v1.ts';
import { hostPort } from './network-error.ts';
import { portOf } from './port.ts';

/** A GET as it goes over the wire. */
export interface HttpRequest {
  readonly secure: boolean;
  /** Name or address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly path: string;
  /** The Host header. */
  readonly authority: string;
  /** The other headers: name, value, name, value. */
  readonly headers: readonly string[];
}

/** The Kubernetes version that probes and hooks are those of. */
export const KUBERNETES_VERSION = '1.36';

/** What the HTTP client writes by itself (net/http reqWriteExcludeHeader): a manifest's own is dropped. */
const NOT_SENT: ReadonlySet<string> = new Set(['Host', 'Connection', 'Content-Length', 'Transfer-Encoding', 'Trailer']);

/**
 * The request of an httpGet probe or hook (pkg/probe/http NewRequestForHTTPGetAction).
 * @param address where to, unless the action names a host
 * @throws BootletError E_PROBE_TARGET
 */
export const httpRequestOf = (
  action: HTTPGetAction,
  container: Container,
  address: string,
  purpose: 'probe' | 'lifecycle',
): HttpRequest => {
  const host = action.host || address;
  const port = portOf(action.port, container);
  const own = byName(action.httpHeaders ?? []);
  const sent = new Map([['User-Agent', [`kube-${purpose}/${KUBERNETES_VERSION}`]], ['Accept', ['*/*']], ...own]);
  // Of these two only the first counts, and an empty one removes the header.
  for (const name of ['User-Agent', 'Accept']) {
    const [value = ''] = sent.get(name) ?? [];
    if (value === '') sent.delete(name);
    else sent.set(name, [value]);
  }
  return {
    secure: action.scheme?.toLowerCase() === 'https',
    host,
    port,
    path: requestTarget(action.path ?? ''),
    authority: own.get('Host')?.[0] || hostPort(host, port),
    headers: [...sent].flatMap(([name, values]) => (NOT_SENT.has(name) ? [] : values.flatMap((v) => [name, v]))),
  };
};

/** The values of each header, under its canonical name: Xy-Zz. */
const byName = (headers: NonNullable<HTTPGetAction['httpHeaders']>): ReadonlyMap<string, readonly string[]> => {
  const values = new Map<string, string[]>();
  for (const { name, value } of headers) {
    const canonical = name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
    values.set(canonical, [...(values.get(canonical) ?? []), value]);
  }
  return values;
};

const BROKEN_ESCAPE = /%(?![0-9a-f]{2})/i;

/**
 * The path of a manifest as Go's net/url sends it: with its query, without a fragment, nothing resolved or decoded, and
 * escaped only what must be. A scheme and host in it have no meaning. What is no URL at all is a path, letter by letter.
 */
export const requestTarget = (path: string): string => {
  if (BROKEN_ESCAPE.test(path)) return rooted(escaped(path, /[^\w!$&'()*+,;=:@[\]/.~-]/gu));
  const [url = ''] = path.split('#', 1);
  const [, hierarchy = '', query = ''] = /^(?:[a-z][a-z0-9+.-]*:)?(?:\/\/[^/?]*)?([^?]*)(\?.*)?$/is.exec(url) ?? [];
  return `${rooted(escaped(hierarchy, /[^\w!$&'()*+,;=:@[\]/.~%-]/gu))}${escaped(query, /[^\x21-\x7e]/gu)}`;
};

const rooted = (path: string): string => (path.startsWith('/') ? path : `/${path}`);

const escaped = (text: string, unfit: RegExp): string => text.toWellFormed().replace(unfit, encodeURIComponent);

/** The requests of probes, made once for each action and address: making one costs more than all else but sending it. */
export const probeRequests = () => {
  const known = new WeakMap<HTTPGetAction, { readonly address: string; readonly request: HttpRequest }>();
  /** @throws BootletError E_PROBE_TARGET */
  return (action: HTTPGetAction, container: Container, address: string): HttpRequest => {
    const before = known.get(action);
    if (before?.address === address) return before.request;
    const request = httpRequestOf(action, container, address, 'probe');
    known.set(action, { address, request });
    return request;
  };
};
