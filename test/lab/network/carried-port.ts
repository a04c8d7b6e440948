import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../child.ts';
import type { Scope } from '../scope.ts';

const PROGRAM = join(import.meta.dirname, 'carry-port.ts');
const READY_MS = 20_000;

export interface CarriedPort {
  /** The connections that are open, numbered in the order in which they were made. */
  open(): number[];
}

/**
 * Makes a TCP port of the machine's loopback one of the namespace's loopback too: unix sockets are the same in both, so
 * that nothing of the machine's network has to change.
 */
export const carryPort = async (scope: Scope, netns: string, port: number): Promise<CarriedPort> => {
  const dir = await mkdtemp(join(tmpdir(), 'bl-port-'));
  scope.teardown(() => rm(dir, { recursive: true, force: true }));
  const open = new Map<Socket, number>();
  let made = 0;
  const server = createServer((near) => {
    made += 1;
    open.set(near, made);
    const far = connect(port, '127.0.0.1');
    near
      .on('error', () => undefined)
      .on('close', () => {
        open.delete(near);
        far.destroy();
      });
    far.on('error', () => undefined).on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  const path = join(dir, 'sock');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  scope.teardown(() => {
    for (const socket of open.keys()) socket.destroy();
    server.close();
  });
  const carrier = startChild([process.execPath, PROGRAM, String(port), path], { netns });
  scope.teardown(() => carrier.end('SIGTERM'));
  await carrier.line(/listening/, READY_MS);
  return { open: () => [...open.values()] };
};
