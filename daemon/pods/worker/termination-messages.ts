import { open } from 'node:fs/promises';
import { messageOf, systemCodeOf } from '../../errors.ts';
import { withDeadline } from '../../reconcile/deadline.ts';
import type { ContainerRuntime, ObservedContainer } from '../../runtime/runtime.ts';
import { podFiles } from '../create/pod-files.ts';
import { label } from '../plan/labels.ts';
import { hasEnded } from '../plan/observed.ts';

/** pkg/kubelet/container: the file counts up to 4096 bytes, the log up to 80 lines and 2048 bytes. */
const MAX_FILE_BYTES = 4096;
const MAX_LOG_LINES = 80;
const MAX_LOG_BYTES = 2048;

/** A runtime that does not answer holds up the pod no longer. */
const LOG_DEADLINE_MS = 10_000;

/** What containers left as their last words, read once for each that ended. */
export class TerminationMessages {
  readonly #state: string;
  readonly #runtime: Pick<ContainerRuntime, 'logs'>;
  readonly #stopping: AbortSignal;
  readonly #byContainer = new Map<string, string>();

  /** @param stopping the end of the daemon */
  constructor(state: string, runtime: Pick<ContainerRuntime, 'logs'>, stopping: AbortSignal) {
    this.#state = state;
    this.#runtime = runtime;
    this.#stopping = stopping;
  }

  get all(): ReadonlyMap<string, string> {
    return this.#byContainer;
  }

  async read(containers: readonly ObservedContainer[]): Promise<void> {
    const ended = containers.filter((c) => c.kind === 'container' && hasEnded(c) && !this.#byContainer.has(c.id));
    await Promise.all(
      ended.map(async (c) => {
        this.#byContainer.set(c.id, await this.#messageOf(c));
      }),
    );
  }

  forget(id: string): void {
    this.#byContainer.delete(id);
  }

  /** Last words that cannot be read are no reason to leave the pod alone: what kept them is said in their place, as the kubelet does. */
  async #messageOf(container: ObservedContainer): Promise<string> {
    const path = podFiles(this.#state, container.pod.uid).terminationLog(container.container, container.attempt);
    const message = await readTail(path).catch(
      (error: unknown) => `Error on reading termination log ${path}: ${messageOf(error)}`,
    );
    const fallback = container.labels[label.terminationMessagePolicy] === 'FallbackToLogsOnError';
    if (message !== '' || !fallback || container.exitCode === 0) return message;
    return await this.#lastLog(container).catch(
      (error: unknown) => `Error on reading termination message from logs: ${messageOf(error)}`,
    );
  }

  async #lastLog(container: ObservedContainer): Promise<string> {
    const chunks: Uint8Array[] = [];
    await withDeadline(LOG_DEADLINE_MS, this.#stopping, async (signal) => {
      for await (const chunk of await this.#runtime.logs(container.id, { tail: MAX_LOG_LINES, signal }))
        chunks.push(chunk.data);
      // The runtime ends a stream that is aborted as if that was all.
      signal.throwIfAborted();
    });
    return Buffer.concat(chunks).subarray(-MAX_LOG_BYTES).toString('utf8');
  }
}

const readTail = async (path: string): Promise<string> => {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const from = Math.max(0, size - MAX_FILE_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_FILE_BYTES), 0, MAX_FILE_BYTES, from);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return '';
    throw error;
  }
};
