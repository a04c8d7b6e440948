import type { Context } from '../../reconcile/controller.ts';
import { type Hook, preStopOf } from '../hooks/handler.ts';
import { containerNamed, type PodView } from '../plan/observed.ts';
import type { PodStep } from '../plan/steps.ts';
import { type HookKind, hookKey, hookRequestType, podKey } from '../resources.ts';

/** Asks for a hook; one of a container that ended in this moment is asked for in vain. */
export const requestHook = (
  { id, kind, since }: Extract<PodStep, { readonly do: 'run-hook' }>,
  view: PodView,
  context: Context,
): void => {
  const run = view.seen.find((c) => c.id === id);
  const hook =
    run === undefined ? undefined : kind === 'preStop' ? preStopOf(run.labels) : postStartOf(view, run.container);
  if (run === undefined || hook === undefined) return;
  const { pod, container } = run;
  context.put(hookRequestType, hookKey(id, kind), { pod, container, containerId: id, kind, hook, since });
};

const postStartOf = ({ wanted }: PodView, name: string): Hook | undefined => {
  const container = wanted === undefined ? undefined : containerNamed(wanted.pod, name);
  const handler = container?.lifecycle?.postStart;
  return handler === undefined ? undefined : { handler, ports: container?.ports ?? [] };
};

/** Withdraws the hooks of a pod that have lost their sense: of a container that ended, and of a start that is being undone. */
export const dropHookRequests = (key: string, view: PodView, context: Context): void => {
  const isRunning = (id: string): boolean => view.seen.some((c) => c.id === id && c.state === 'running');
  const isPointless = (id: string, kind: HookKind): boolean =>
    !isRunning(id) || (kind === 'postStart' && view.stops.has(id));
  for (const { id, value } of context.store.list(hookRequestType)) {
    if (podKey(value.pod) === key && isPointless(value.containerId, value.kind)) context.remove(hookRequestType, id);
  }
};
