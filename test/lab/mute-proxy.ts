import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Scope } from './scope.ts';

export interface MuteProxy {
  readonly port: number;
  /** From now on nothing passes, in either direction, and nothing is closed: also on connections that are made later. */
  mute(isMute: boolean): void;
}

/** A TCP proxy that can fall silent, as a host that is gone does for who has connections to it. */
export const muteProxy = async (scope: Scope, port: number): Promise<MuteProxy> => {
  const sockets = new Set<Socket>();
  let isMute = false;
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => isMute || to.write(bytes));
      from
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(from);
          if (!isMute) to.destroy();
        });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  scope.teardown(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    mute: (to) => {
      isMute = to;
    },
  };
};
