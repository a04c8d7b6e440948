import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Scope } from '../../lab/scope.ts';

/** One run of a stamp process. Times are ns of CLOCK_MONOTONIC. */
export interface Stamp {
  /** Its first instruction, by its own clock reading. */
  readonly startedAt: bigint;
  /** When the kernel had closed its files. */
  readonly goneAt: Promise<bigint>;
}

/** Where the stamp processes report: `path` is a unix socket to be mounted into their containers. */
export interface StampServer {
  readonly path: string;
  /** The next run reported under the name that was not given out before. Rejects after `ms`. */
  next(name: string, ms?: number): Promise<Stamp>;
}

export const startStampServer = async (scope: Scope, path: string): Promise<StampServer> => {
  const early = new Map<string, Stamp[]>();
  const waiting = new Map<string, (stamp: Stamp) => void>();
  const sockets = new Set<Socket>();

  const server = createServer((socket) => {
    sockets.add(socket);
    const goneAt = once(socket, 'close').then(() => {
      const now = process.hrtime.bigint();
      sockets.delete(socket);
      return now;
    });
    createInterface({ input: socket }).on('line', (line) => {
      const [name = '', at = '0'] = line.split(' ');
      const stamp = { startedAt: BigInt(at), goneAt };
      const taker = waiting.get(name);
      waiting.delete(name);
      if (taker === undefined) early.set(name, [...(early.get(name) ?? []), stamp]);
      else taker(stamp);
    });
  });
  server.listen(path);
  await once(server, 'listening');
  scope.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  return {
    path,
    next: (name, ms = 30_000) =>
      new Promise((resolve, reject) => {
        const stamp = early.get(name)?.shift();
        if (stamp !== undefined) return resolve(stamp);
        const timer = setTimeout(() => {
          waiting.delete(name);
          reject(new Error(`the process of ${name} did not start within ${ms} ms`));
        }, ms);
        waiting.set(name, (late) => {
          clearTimeout(timer);
          resolve(late);
        });
      }),
  };
};
