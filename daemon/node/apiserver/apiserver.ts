/** One request to the apiserver; JSON both ways. */
export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Without the query: `/api/v1/nodes/NAME`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Of the body; `application/json` unless told otherwise, as a PATCH is. */
  readonly contentType?: string;
  /** Statuses >= 400 that the caller understands; any other is an error. */
  readonly expect?: readonly number[];
  /** How long the whole answer may take. */
  readonly timeoutMs?: number;
}

export interface ApiAnswer {
  readonly status: number;
  /** Decoded JSON. */
  readonly body: unknown;
}

/** One line of a watch (apimachinery's metav1.WatchEvent). */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

/**
 * The cluster's apiserver, whichever of its servers answers. Time limits, keep-alive, failover, half-open connections
 * and Retry-After are its matter; whether and when to try again is the caller's (the engine's backoff).
 */
export interface Apiserver {
  /**
   * @throws BootletError E_APISERVER_UNAVAILABLE when none of the servers answers, E_APISERVER_REFUSED for a status >= 400
   * that `expect` does not name (`refusalOf` tells what was said), E_TLS_UNTRUSTED when a server is not the cluster's,
   * E_APISERVER_ANSWER for what no apiserver answers. A POST that may have been carried out is never sent again by
   * itself; everything else may be sent twice, to another server.
   */
  call(call: ApiCall): Promise<ApiAnswer>;
  /** Events until the server ends the stream or `signal` aborts. @throws as `call` */
  watch(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): AsyncIterable<WatchEvent>;
}
