import { BootletError } from '../../errors.ts';
import type { Semaphore } from '../../reconcile/semaphore.ts';
import type { ContainerRuntime } from '../../runtime/runtime.ts';
import type { Container, Pod, Probe } from '../v1.ts';
import { withDeadline } from './deadline.ts';
import { probeHttp } from './http.ts';
import { failure, type ProbeAttempt, success } from './probe.ts';
import { probeTcp } from './tcp.ts';

export interface ProbeTarget {
  readonly pod: Pod;
  readonly container: Container;
  readonly containerId: string;
  /** The pod's address as seen from the host. */
  readonly address: string;
}

export interface AttemptOptions {
  readonly runtime: Pick<ContainerRuntime, 'exec'>;
  readonly execLimit: Semaphore;
  /** Ends the attempt at once. */
  readonly signal?: AbortSignal;
}

/**
 * Runs one attempt of a probe, in whichever way it asks for; undefined when `signal` ended it.
 * @throws BootletError E_RUNTIME_UNAVAILABLE, E_RUNTIME_REFUSED: a runtime that fails says nothing about the container
 */
export const attemptProbe = async (
  probe: Probe,
  target: ProbeTarget,
  options: AttemptOptions,
): Promise<ProbeAttempt | undefined> => {
  const { signal } = options;
  try {
    const attempt = signal?.aborted ? undefined : await carryOut(probe, target, options);
    return signal?.aborted ? undefined : attempt;
  } catch (error) {
    // What an exec meets when the runtime is closed with the daemon.
    if (signal?.aborted) return undefined;
    throw error;
  }
};

const carryOut = async (
  probe: Probe,
  target: ProbeTarget,
  { runtime, execLimit, signal }: AttemptOptions,
): Promise<ProbeAttempt> => {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  const { exec } = probe;
  if (exec !== undefined)
    return execLimit.run(() => probeExec(runtime, target.containerId, exec.command ?? [], timeoutMs));
  if (probe.tcpSocket !== undefined) {
    const { host } = probe.tcpSocket;
    const port = portNumber(probe.tcpSocket.port, target.container);
    return port === undefined
      ? unknownPort(probe.tcpSocket.port)
      : withDeadline(timeoutMs, signal, (deadline) => probeTcp(host || target.address, port, deadline));
  }
  if (probe.httpGet !== undefined) {
    const { scheme, host, path, httpHeaders } = probe.httpGet;
    const port = portNumber(probe.httpGet.port, target.container);
    if (port === undefined) return unknownPort(probe.httpGet.port);
    const url = httpUrl(scheme ?? 'HTTP', host || target.address, port, path ?? '/');
    return url === null
      ? failure(`the path ${path} is no URL path`)
      : withDeadline(timeoutMs, signal, (deadline) => probeHttp({ url, headers: httpHeaders ?? [] }, deadline));
  }
  throw new BootletError('E_INTERNAL', 'a probe of a kind that validation lets pass but nothing carries out', {
    retryable: false,
  });
};

const probeExec = async (
  runtime: Pick<ContainerRuntime, 'exec'>,
  id: string,
  command: readonly string[],
  timeoutMs: number,
): Promise<ProbeAttempt> => {
  try {
    const { exitCode, output } = await runtime.exec(id, command, timeoutMs);
    return exitCode === 0 ? success(output) : failure(output);
  } catch (error) {
    if (error instanceof BootletError && error.code === 'E_TIMEOUT')
      return failure(`command timed out: "${command.join(' ')}" timed out after ${timeoutMs / 1000}s`);
    throw error;
  }
};

/** A port by number, or by the name it has in the container. */
const portNumber = (port: number | string, container: Container): number | undefined => {
  if (typeof port === 'number') return port;
  const named = container.ports?.find((p) => p.name === port)?.containerPort;
  return named ?? (/^\d+$/.test(port) ? Number(port) : undefined);
};

const unknownPort = (port: number | string): ProbeAttempt => failure(`couldn't find port: ${port}`);

const httpUrl = (scheme: string, host: string, port: number, path: string): URL | null => {
  const authority = host.includes(':') ? `[${host}]` : host;
  return URL.parse(`${scheme.toLowerCase()}://${authority}:${port}${path.startsWith('/') ? '' : '/'}${path}`);
};
