import { BootletError } from '../../errors.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { ContainerRuntime } from '../../runtime/runtime.ts';
import { httpGet, PLAIN_HTTP } from '../probes/http.ts';
import { httpRequestOf } from '../probes/http-request.ts';
import type { HookRequest } from '../resources.ts';
import type { HTTPGetAction } from '../v1.ts';

export interface HookOptions {
  readonly runtime: Pick<ContainerRuntime, 'exec'>;
  readonly clock: Clock;
  /** The pod's address; undefined in the host's network. */
  readonly address: string | undefined;
  /** Ends what waits here; a command ends with its container. */
  readonly signal: AbortSignal;
}

/** How a hook ended. `fellBack`: an https hook was answered in plain HTTP, and then asked so. */
export type HookEnd = { readonly ok: true; readonly fellBack?: boolean } | { readonly ok: false; readonly why: string };

/**
 * Runs a lifecycle hook to its end (pkg/kubelet/lifecycle handlers.go). A hook has no time limit of its own; any answer
 * to an httpGet is a success.
 * @throws BootletError E_RUNTIME_UNAVAILABLE: nothing is known of the hook then
 */
export const runHook = async (request: HookRequest, options: HookOptions): Promise<HookEnd> => {
  const { exec, httpGet: get, sleep } = request.hook.handler;
  try {
    if (exec !== undefined) return await runCommand(request.containerId, exec.command ?? [], options);
    if (get !== undefined) return await runGet(get, request, options);
  } catch (error) {
    const isOfHook = error instanceof BootletError && ['E_RUNTIME_REFUSED', 'E_PROBE_TARGET'].includes(error.code);
    if (!isOfHook) throw error;
    return { ok: false, why: error.message };
  }
  if (sleep !== undefined) return rest(request.since + sleep.seconds * 1000, options);
  // The validation lets a tcpSocket through, and the kubelet finds out only here that there is no such hook.
  return { ok: false, why: `invalid handler: ${Object.keys(request.hook.handler).join(', ')}` };
};

const runCommand = async (id: string, command: readonly string[], { runtime }: HookOptions): Promise<HookEnd> => {
  const { exitCode, output } = await runtime.exec(id, command);
  return exitCode === 0 ? { ok: true } : { ok: false, why: `exited with ${exitCode}: ${output}` };
};

const runGet = async (
  action: HTTPGetAction,
  { hook, container }: HookRequest,
  { address, signal }: HookOptions,
): Promise<HookEnd> => {
  const host = action.host || address;
  if (host === undefined) return { ok: false, why: 'the pod has no address of its own; the hook must name a host' };
  const request = httpRequestOf(action, { name: container, ports: hook.ports }, host, 'lifecycle');
  const answer = await httpGet(request, signal);
  if (answer.kind !== 'none') return { ok: true };
  if (!answer.message.endsWith(PLAIN_HTTP)) return { ok: false, why: answer.message };
  const plain = await httpGet({ ...request, secure: false, headers: withoutCredentials(request.headers) }, signal);
  return plain.kind === 'none' ? { ok: false, why: answer.message } : { ok: true, fellBack: true };
};

const withoutCredentials = (headers: readonly string[]): readonly string[] =>
  headers.filter((_, i) => headers[i - (i % 2)] !== 'Authorization');

const rest = (until: number, { clock, signal }: HookOptions): Promise<HookEnd> =>
  new Promise((resolve) => {
    const cut = (): void => {
      cancel();
      resolve({ ok: false, why: 'container terminated before sleep hook finished' });
    };
    const cancel = clock.setTimer(until, () => {
      signal.removeEventListener('abort', cut);
      resolve({ ok: true });
    });
    if (signal.aborted) cut();
    else signal.addEventListener('abort', cut);
  });
