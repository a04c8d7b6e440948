import { rm } from 'node:fs/promises';
import { BootletError } from '../errors.ts';
import type { Clock } from '../reconcile/clock.ts';
import { Semaphore } from '../reconcile/semaphore.ts';
import type { ContainerRuntime, ObservedContainer } from '../runtime/runtime.ts';
import { label, secondsLabel } from './plan/labels.ts';
import { type LogFolders, podLogFolder, unlinkLogs } from './worker/log-links.ts';

export interface ResetOptions {
  readonly runtime: ContainerRuntime;
  readonly logFolders: LogFolders;
  readonly clock: Clock;
}

const CALLS = 8;
const LOOK_MS = 100;
/** How long a process may live after SIGKILL: one in uninterruptible sleep, say. */
const KILL_MS = 10_000;
const DEFAULT_GRACE_SECONDS = 30;

/**
 * Ends every container of this instance with its grace, removes it and the links to its logs, and resolves with how
 * many pods that were. Only while no daemon runs on the state folder (hold its lock): it would start them again.
 * @throws BootletError E_TIMEOUT when a container outlives SIGKILL
 */
export const removeAllPods = async (options: ResetOptions): Promise<number> => {
  const { runtime, logFolders } = options;
  const limit = new Semaphore(CALLS);
  const remove = (id: string): Promise<void> => limit.run(() => runtime.remove(id));
  const all = await runtime.list();
  await Promise.all(
    all.filter(isContainer).map(async (container) => {
      await end(options, container, secondsLabel(container.labels, label.gracePeriod, DEFAULT_GRACE_SECONDS));
      await unlinkLogs(logFolders, container);
      await remove(container.id);
    }),
  );
  // Last, as a container in its grace may still need the network of its sandbox.
  await Promise.all(
    all.filter(isSandbox).map(async (sandbox) => {
      await end(options, sandbox, 0);
      await rm(podLogFolder(logFolders, sandbox.pod), { recursive: true, force: true });
      await remove(sandbox.id);
    }),
  );
  return new Set(all.map(({ pod }) => pod.uid)).size;
};

const isSandbox = ({ kind }: ObservedContainer): boolean => kind === 'sandbox';
const isContainer = ({ kind }: ObservedContainer): boolean => kind === 'container';

const end = async (options: ResetOptions, container: ObservedContainer, graceSeconds: number): Promise<void> => {
  const { runtime } = options;
  const { id, state, stopSignal, pod } = container;
  if (state !== 'running') return;
  if (graceSeconds > 0) {
    await runtime.signal(id, stopSignal);
    if (await hasEnded(options, id, graceSeconds * 1000)) return;
  }
  await runtime.signal(id, 'SIGKILL');
  if (await hasEnded(options, id, KILL_MS)) return;
  throw new BootletError('E_TIMEOUT', `container ${id} of pod ${pod.name} runs on after SIGKILL`);
};

const hasEnded = async ({ runtime, clock }: ResetOptions, id: string, withinMs: number): Promise<boolean> => {
  const deadline = clock.now() + withinMs;
  while ((await runtime.inspect(id))?.state === 'running') {
    if (clock.now() >= deadline) return false;
    await new Promise<void>((resolve) => clock.setTimer(clock.now() + LOOK_MS, resolve));
  }
  return true;
};
