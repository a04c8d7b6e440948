import type { Logger } from 'pino';
import type { Clock } from '../../reconcile/clock.ts';
import { type Context, type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { Reader } from '../../reconcile/store.ts';
import type { ContainerRuntime } from '../../runtime/runtime.ts';
import { sandboxAddress } from '../probes/address.ts';
import type { PodEvents } from '../record/pod-events.ts';
import {
  containerType,
  type HookKind,
  type HookRequest,
  type HookResult,
  hookKey,
  hookRequestType,
  hookResultType,
  podKey,
  podStatusType,
} from '../resources.ts';
import type { HookMemory } from './memory.ts';
import { type HookEnd, runHook } from './run-hook.ts';

export interface HookControllerOptions {
  readonly store: Reader;
  readonly runtime: Pick<ContainerRuntime, 'exec'>;
  readonly clock: Clock;
  readonly events: PodEvents;
  readonly memory: HookMemory;
  readonly log: Logger;
  /** Ends what is under way, without a result. */
  readonly signal: AbortSignal;
}

const KINDS: readonly HookKind[] = ['postStart', 'preStop'];
const FAILED: Readonly<Record<HookKind, string>> = { postStart: 'FailedPostStartHook', preStop: 'FailedPreStopHook' };

/** Runs lifecycle hooks on request, each once for each container; one key for each hook. */
export const hookController = (options: HookControllerOptions): Controller => ({
  name: 'hooks',
  inputs: [
    input(hookRequestType),
    // One that a request or an earlier daemon's record is about: others have no hooks.
    input(containerType, ({ id }) => KINDS.map((kind) => hookKey(id, kind)).filter((key) => concerns(options, key))),
  ],
  outputs: [hookResultType],
  // A hook may take as long as it likes; one that hangs holds nothing but its own key.
  concurrency: 1000,
  reconcile: (key, context) => reconcile(options, key, context),
});

const concerns = ({ store, memory }: HookControllerOptions, key: string): boolean =>
  store.get(hookRequestType, key) !== undefined || memory.get(key) !== undefined;

const reconcile = async (options: HookControllerOptions, key: string, context: Context): Promise<Outcome> => {
  const { store, memory } = options;
  const [containerId = '', kindText] = key.split('/');
  const kind: HookKind = kindText === 'postStart' ? 'postStart' : 'preStop';
  const put = (state: HookResult['state']): void => context.put(hookResultType, key, { containerId, kind, state });
  const container = store.get(containerType, containerId);
  if (container === undefined) {
    memory.forget(key);
    context.remove(hookResultType, key);
    return done;
  }
  const ended = memory.get(key)?.state;
  if (ended !== undefined) {
    put(ended);
    return done;
  }
  const request = store.get(hookRequestType, key);
  if (request === undefined || container.state !== 'running') return done;
  put('running');
  const end = await run(options, key, request);
  if (end === undefined) return done;
  report(options, request, end);
  const state = end.ok ? 'succeeded' : 'failed';
  put(state);
  await memory.note(container.pod.uid, key, { state });
  return done;
};

/** Undefined when it was cut off by the end of its container, or of the daemon. */
const run = async (
  { store, runtime, clock, signal }: HookControllerOptions,
  key: string,
  request: HookRequest,
): Promise<HookEnd | undefined> => {
  const withdrawn = new AbortController();
  const abort = (): void => withdrawn.abort();
  const endWatch = store.watch(hookRequestType, ({ kind, resource }) => {
    if (kind === 'removed' && resource.id === key) abort();
  });
  signal.addEventListener('abort', abort);
  try {
    const address = sandboxAddress(store, request.pod.uid);
    const end = await runHook(request, { runtime, clock, address, signal: withdrawn.signal });
    return withdrawn.signal.aborted ? undefined : end;
  } catch (error) {
    // What a command meets when the runtime is closed with the daemon.
    if (withdrawn.signal.aborted) return undefined;
    throw error;
  } finally {
    endWatch();
    signal.removeEventListener('abort', abort);
  }
};

/** The event does not say why: what a server answered may be a secret. */
const report = (
  { events, log, store }: HookControllerOptions,
  { pod, container, kind }: HookRequest,
  end: HookEnd,
): void => {
  const manifest = store.get(podStatusType, podKey(pod))?.pod;
  if (!end.ok) {
    log.warn({ pod: podKey(pod), container, hook: kind, why: end.why }, 'hook failed');
    const message = kind === 'postStart' ? 'PostStartHook failed' : 'PreStopHook failed';
    events.container(pod, manifest, container, 'Warning', FAILED[kind], message);
  } else if (end.fellBack) {
    const message = 'request to HTTPS lifecycle hook got HTTP response, retry with HTTP succeeded';
    events.pod(pod, 'Warning', 'LifecycleHTTPFallback', message);
  }
};
