import { Agent, request } from 'undici';
import type { Scope } from './scope.ts';

export interface Answer {
  readonly code: number;
  readonly body: unknown;
}

/** Sends JSON and reads JSON, or text where it is none; any number of calls may be on their way. A PATCH is a merge patch unless told otherwise. */
export type Call = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  /** An object, or JSON as text. */
  body?: string | object,
  contentType?: string,
) => Promise<Answer>;

export interface ApiClientOptions {
  readonly url: string;
  readonly token?: string;
  /** Without these the server's certificate is not checked. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  /** How many calls are on their way at a time, default 16. */
  readonly connections?: number;
}

/** A client of an apiserver. */
export const newApiClient = (scope: Scope, { url, token, tls, connections = 16 }: ApiClientOptions): Call => {
  const dispatcher = new Agent({ connections, connect: tls ?? { rejectUnauthorized: false } });
  scope.teardown(() => dispatcher.destroy());
  return async (method, path, body, contentType) => {
    const answer = await request(`${url}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        'content-type': contentType ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: typeof body === 'object' ? JSON.stringify(body) : (body ?? null),
      dispatcher,
    });
    const text = await answer.body.text();
    return { code: answer.statusCode, body: jsonOr(text) };
  };
};

const jsonOr = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
