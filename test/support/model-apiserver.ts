import type { ApiAnswer, ApiCall, Apiserver } from '../../daemon/node/apiserver/apiserver.ts';

interface Kept {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
}

/**
 * Objects by their paths with optimistic concurrency, in the same turn of the loop: what minutes of a real apiserver would
 * be too long for. A PATCH changes nothing but the version. Watches are for the tests with a real one.
 */
export class ModelApiserver implements Apiserver {
  readonly requests: string[] = [];
  readonly objects = new Map<string, Kept & Record<string, unknown>>();
  /** Called before a request is carried out; what it throws is the answer. */
  before: (call: ApiCall) => void = () => undefined;
  /** Whether what such a path is in is missing, as a namespace: the answer is 404. */
  isMissing: (path: string) => boolean = () => false;
  /** Whether the caller may not ask for it: the answer is 403. */
  isForbidden: (path: string) => boolean = () => false;
  #version = 0;

  async call(call: ApiCall): Promise<ApiAnswer> {
    this.requests.push(`${call.method} ${call.path}`);
    this.before(call);
    const answer = this.#answer(call);
    if (answer.status >= 400 && call.expect?.includes(answer.status) !== true) throw new Error(`${answer.status}`);
    return answer;
  }

  async *watch(): AsyncGenerator<never> {}

  /** As somebody else would. */
  write(path: string, object: object): Kept {
    const resourceVersion = String(++this.#version);
    const { metadata = {} } = object as { metadata?: { uid?: string } };
    const kept = { ...object, metadata: { name: '', uid: `uid-${resourceVersion}`, ...metadata, resourceVersion } };
    this.objects.set(path, kept);
    return kept;
  }

  #answer({ method, path, body }: ApiCall): ApiAnswer {
    if (this.isForbidden(path)) return { status: 403, body: {} };
    if (this.isMissing(path)) return { status: 404, body: {} };
    const sent = body as Kept | undefined;
    const at = method === 'POST' ? `${path}/${sent?.metadata.name}` : path.replace(/\/status$/, '');
    const kept = this.objects.get(at);
    if (method === 'POST')
      return kept === undefined ? { status: 201, body: this.write(at, sent ?? {}) } : { status: 409, body: {} };
    if (kept === undefined) return { status: 404, body: {} };
    if (method === 'GET') return { status: 200, body: kept };
    if (method === 'PATCH') return { status: 200, body: this.write(at, kept) };
    const isStale = sent?.metadata.resourceVersion !== kept.metadata.resourceVersion;
    return isStale ? { status: 409, body: {} } : { status: 200, body: this.write(at, sent ?? {}) };
  }
}
