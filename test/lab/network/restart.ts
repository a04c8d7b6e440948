import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import type { Dockerd } from '../dockerd.ts';
import type { Scope } from '../scope.ts';

const CLIENT = join(import.meta.dirname, 'ask-restart.ts');

/**
 * Restarts a dockerd for who asks, as systemd does for `systemctl restart docker`: one restart after another. Resolves with
 * the command that asks.
 */
export const serveRestarts = async (
  scope: Scope,
  docker: Pick<Dockerd, 'socket' | 'restart'>,
): Promise<readonly string[]> => {
  const socket = join(await mkdtemp(join(dirname(docker.socket), 'restart-')), 'sock');
  let last: Promise<unknown> = Promise.resolve();
  const server = createServer((_, response) => {
    const restart = last.then(() => docker.restart());
    last = restart.catch(() => undefined);
    restart.then(
      () => response.end(),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  scope.teardown(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return [process.execPath, CLIENT, socket];
};
