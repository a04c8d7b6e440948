import { Pool } from 'undici';
import type { Scope } from '../../lab/scope.ts';

/** The Docker calls of the floor: nothing but the request, its status and, for a create, the id. */
export interface DockerCalls {
  create(name: string, body: object): Promise<string>;
  start(id: string): Promise<void>;
  /** SIGTERM, and SIGKILL after `graceSeconds`; resolves when it has ended. */
  stop(id: string, graceSeconds: number): Promise<void>;
  /** Process id, on the host, of a running container. */
  pid(id: string): Promise<number>;
  remove(id: string): Promise<void>;
  /** Resolves once the event stream is open; the promise inside, at the container's `die` event. */
  died(id: string): Promise<{ readonly event: Promise<void> }>;
}

/** Calls over kept-alive connections, as many as the benchmarks have in flight. */
export const dockerCalls = (scope: Scope, socketPath: string): DockerCalls => {
  const pool = new Pool('http://docker', { socketPath, connections: 16, headersTimeout: 0, bodyTimeout: 0 });
  scope.teardown(() => pool.destroy());

  const request = async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) => {
    const response = await pool.request({
      method,
      path,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (response.statusCode >= 400) throw new Error(`docker: ${method} ${path}: ${await response.body.text()}`);
    return response.body;
  };
  const act = async (method: 'POST' | 'DELETE', path: string) => (await request(method, path)).dump();

  return {
    create: async (name, body) => {
      const created = await request('POST', `/containers/create?name=${name}`, body);
      return ((await created.json()) as { readonly Id: string }).Id;
    },
    start: (id) => act('POST', `/containers/${id}/start`),
    stop: (id, graceSeconds) => act('POST', `/containers/${id}/stop?t=${graceSeconds}`),
    pid: async (id) => {
      const inspected = await request('GET', `/containers/${id}/json`);
      return ((await inspected.json()) as { readonly State: { readonly Pid: number } }).State.Pid;
    },
    remove: (id) => act('DELETE', `/containers/${id}?force=true&v=true`),
    died: async (id) => {
      const filters = encodeURIComponent(JSON.stringify({ container: [id], event: ['die'] }));
      const events = await request('GET', `/events?filters=${filters}`);
      return { event: firstChunk(events) };
    },
  };
};

const firstChunk = async (stream: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of stream) return;
  throw new Error('docker: the event stream ended');
};
