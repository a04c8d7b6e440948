import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** Takes connections at a unix socket and says nothing, as systemd's docker.socket does while dockerd starts. Resolves with what ends it. */
export const silentSocket = async (path: string): Promise<() => Promise<void>> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  server.listen(path);
  await once(server, 'listening');
  return async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
};
