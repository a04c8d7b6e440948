import { BootletError } from '../../errors.ts';
import { withDeadline } from '../../reconcile/deadline.ts';
import type { Semaphore } from '../../reconcile/semaphore.ts';
import type { ContainerRuntime } from '../../runtime/runtime.ts';
import { expand } from '../create/env.ts';
import type { Container, Probe } from '../v1.ts';

import { probeHttp } from './http.ts';
import type { probeRequests } from './http-request.ts';
import { portOf } from './port.ts';
import { errored, failure, type ProbeAttempt, success } from './probe.ts';
import { probeTcp } from './tcp.ts';

export interface ProbeTarget {
  readonly container: Container;
  readonly containerId: string;
  /** The pod's address as seen from the host. */
  readonly address: string;
}

export interface AttemptOptions {
  readonly runtime: Pick<ContainerRuntime, 'exec'>;
  readonly execLimit: Semaphore;
  readonly requestOf: ReturnType<typeof probeRequests>;
  /** Ends the attempt at once. */
  readonly signal?: AbortSignal;
}

/** How often an attempt is made that comes to no verdict (pkg/kubelet/prober maxProbeRetries). */
const MAX_TRIES = 3;

/**
 * Runs one attempt of a probe, in whichever way it asks for; undefined when `signal` ended it.
 * @throws BootletError E_RUNTIME_UNAVAILABLE: a runtime that does not answer says nothing about the container
 */
export const attemptProbe = async (
  probe: Probe,
  target: ProbeTarget,
  options: AttemptOptions,
): Promise<ProbeAttempt | undefined> => {
  const { signal } = options;
  for (let tries = 1; !signal?.aborted; tries++) {
    const attempt = await tryOnce(probe, target, options);
    if (signal?.aborted) return undefined;
    if (attempt.outcome !== 'error' || tries === MAX_TRIES) return attempt;
  }
  return undefined;
};

const tryOnce = async (probe: Probe, target: ProbeTarget, options: AttemptOptions): Promise<ProbeAttempt> => {
  try {
    return await carryOut(probe, target, options);
  } catch (error) {
    if (!(error instanceof BootletError)) throw error;
    // The second is also what an exec meets when the runtime is closed with the daemon.
    const isOfTarget = error.code === 'E_PROBE_TARGET' || error.code === 'E_RUNTIME_REFUSED';
    if (!isOfTarget && !options.signal?.aborted) throw error;
    return errored(error.message);
  }
};

const carryOut = async (
  probe: Probe,
  { container, containerId, address }: ProbeTarget,
  { runtime, execLimit, requestOf, signal }: AttemptOptions,
): Promise<ProbeAttempt> => {
  const timeoutSeconds = probe.timeoutSeconds ?? 1;
  const within = (work: (deadline: AbortSignal) => Promise<ProbeAttempt>) =>
    withDeadline(timeoutSeconds * 1000, signal, work);
  const { exec, httpGet, tcpSocket, grpc } = probe;
  if (exec !== undefined) {
    const command = expanded(exec.command ?? [], container);
    return execLimit.run(() => probeExec(runtime, containerId, command, timeoutSeconds));
  }
  if (httpGet !== undefined) {
    const request = requestOf(httpGet, container, address);
    return within((deadline) => probeHttp(request, deadline));
  }
  if (tcpSocket !== undefined) {
    const port = portOf(tcpSocket.port, container);
    return within((deadline) => probeTcp(tcpSocket.host || address, port, deadline));
  }
  if (grpc !== undefined) {
    // HTTP/2 is only loaded where a pod has such a probe.
    const { probeGrpc } = await import('./grpc.ts');
    const { port, service = '' } = grpc;
    return within((deadline) => probeGrpc({ host: address, port, service, timeoutSeconds }, deadline));
  }
  throw new BootletError('E_INTERNAL', 'a probe of a kind that validation lets pass but nothing carries out', {
    retryable: false,
  });
};

/** A probe's command knows the variables that the manifest gives values, and no others (ExpandContainerCommandOnlyStatic). */
const expanded = (command: readonly string[], { env = [] }: Container): readonly string[] => {
  const values = new Map(env.map(({ name, value = '' }) => [name, value]));
  return command.map((word) => expand(word, values));
};

const probeExec = async (
  runtime: Pick<ContainerRuntime, 'exec'>,
  id: string,
  command: readonly string[],
  timeoutSeconds: number,
): Promise<ProbeAttempt> => {
  try {
    const { exitCode, output } = await runtime.exec(id, command, timeoutSeconds * 1000);
    return exitCode === 0 ? success(output) : failure(output);
  } catch (error) {
    if (error instanceof BootletError && error.code === 'E_TIMEOUT')
      return failure(`command timed out: "${command.join(' ')}" timed out after ${timeoutSeconds}s`);
    throw error;
  }
};
