import { connect } from 'node:net';
import { failure, type ProbeAttempt, success } from './probe.ts';

/** Succeeds when the connection is taken (pkg/probe/tcp). */
export const probeTcp = (host: string, port: number, timeoutMs: number): Promise<ProbeAttempt> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (attempt: ProbeAttempt): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(attempt);
    };
    // A timer of our own: socket.setTimeout counts silence, not the time until the connection stands.
    const timer = setTimeout(() => settle(failure(`dial tcp ${host}:${port}: i/o timeout`)), timeoutMs);
    socket.on('connect', () => settle(success()));
    socket.on('error', (error) => settle(failure(error.message)));
  });
