import type { ApiAnswer, ApiCall, Apiserver, WatchEvent } from '../../daemon/node/apiserver/apiserver.ts';

/** A watch that was begun; the test feeds it. */
export interface BegunWatch {
  readonly query: Readonly<Record<string, string>>;
  readonly isOver: boolean;
  send(type: WatchEvent['type'], object: unknown): void;
  end(): void;
  fail(error: Error): void;
}

/** An apiserver for what is built on one: the test answers its lists and feeds its watches. */
export const scriptedApiserver = (list: (call: ApiCall) => unknown) => {
  const calls: ApiCall[] = [];
  const watches: BegunWatch[] = [];
  const apiserver: Apiserver = {
    call: async (call): Promise<ApiAnswer> => {
      calls.push(call);
      return { status: 200, body: await list(call) };
    },
    async *watch(_, query, signal) {
      const stream = new TransformStream<WatchEvent, WatchEvent>(undefined, undefined, { highWaterMark: 100 });
      const writer = stream.writable.getWriter();
      const state = { isOver: false };
      const ignore = (): undefined => undefined;
      signal.addEventListener('abort', () => void writer.close().catch(ignore));
      watches.push({
        query,
        get isOver() {
          return state.isOver;
        },
        send: (type, object) => void writer.write({ type, object }).catch(ignore),
        end: () => void writer.close().catch(ignore),
        fail: (error) => void writer.abort(error).catch(ignore),
      });
      try {
        yield* stream.readable;
      } finally {
        state.isOver = true;
      }
    },
  };
  return { apiserver, calls, watches };
};
