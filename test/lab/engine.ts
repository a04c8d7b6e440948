import { createReadStream } from 'node:fs';
import { Client } from 'undici';

type Method = 'GET' | 'POST' | 'DELETE';

/** What the lab reads of a container in Docker's list. */
export interface ListedContainer {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** The few calls of the Docker Engine API that tests make behind bootlet's back. */
export interface Engine {
  /** Any call; the decoded body, or undefined when it is empty. Throws with the body on status ≥ 400. */
  call(method: Method, path: string, body?: unknown): Promise<unknown>;
  /** All containers, also those that ended, that have the label (`name` or `name=value`), or every one. */
  list(label?: string): Promise<ListedContainer[]>;
  /** Loads an image archive. */
  load(archive: string): Promise<void>;
  /** Kills and removes containers at once. */
  remove(ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** A client of the Docker Engine at the unix socket. Close it before the daemon ends. */
export const engineAt = (socketPath: string): Engine => {
  const client = new Client('http://docker', { socketPath, headersTimeout: 0, bodyTimeout: 0, pipelining: 1 });

  const request = async (
    method: Method,
    path: string,
    headers: Record<string, string>,
    body: Body,
  ): Promise<string> => {
    const response = await client.request({ method, path, headers, body });
    const text = await response.body.text();
    if (response.statusCode >= 400) throw new Error(`docker: ${method} ${path}: ${response.statusCode} ${text.trim()}`);
    return text;
  };

  const call: Engine['call'] = async (method, path, body) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const text = await request(method, path, headers, body === undefined ? null : JSON.stringify(body));
    const answer: unknown = text === '' ? undefined : JSON.parse(text);
    return answer;
  };

  return {
    call,
    list: async (label) => {
      const filters = encodeURIComponent(JSON.stringify(label === undefined ? {} : { label: [label] }));
      return (await call('GET', `/containers/json?all=true&filters=${filters}`)) as ListedContainer[];
    },
    load: async (archive) => {
      const answer = await request(
        'POST',
        '/images/load?quiet=true',
        { 'content-type': 'application/x-tar' },
        createReadStream(archive),
      );
      // A failed load answers 200 and says so in the body.
      if (answer.includes('"errorDetail"')) throw new Error(`docker: load ${archive}: ${answer.trim()}`);
    },
    remove: async (ids) => {
      const removeOne = (id: string) =>
        call('DELETE', `/containers/${id}?force=true&v=true`).catch((error: unknown) => {
          // Gone already is what was asked for, and so is that someone else is about it.
          if (!(error instanceof Error && /: 404 |: 409 .*already in progress/.test(error.message))) throw error;
        });
      await Promise.all(ids.map(removeOne));
    },
    close: () => client.close(),
  };
};

type Body = string | ReturnType<typeof createReadStream> | null;
