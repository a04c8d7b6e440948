import { connect } from 'node:net';
import { hostPort, networkError } from './network-error.ts';
import { failure, type ProbeAttempt, success } from './probe.ts';

/** Succeeds when the connection is taken (pkg/probe/tcp); a failure once `signal` aborts. */
export const probeTcp = (host: string, port: number, signal: AbortSignal): Promise<ProbeAttempt> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    const settle = (attempt: ProbeAttempt): void => {
      socket.destroy();
      resolve(attempt);
    };
    socket.on('connect', () => settle(success()));
    socket.on('error', (error) =>
      settle(
        failure(signal.aborted ? `dial tcp ${hostPort(host, port)}: i/o timeout` : networkError(error, host, port)),
      ),
    );
  });
