import { open } from 'node:fs/promises';
import { messageOf, systemCodeOf } from '../../errors.ts';
import type { ContainerRuntime, ObservedContainer } from '../../runtime/runtime.ts';
import { podFiles } from '../create/pod-files.ts';
import { label } from '../plan/labels.ts';
import { hasEnded } from '../plan/observed.ts';

/** pkg/kubelet/container: the file counts up to 4096 bytes, the log up to 80 lines and 2048 bytes. */
const MAX_FILE_BYTES = 4096;
const MAX_LOG_LINES = 80;
const MAX_LOG_BYTES = 2048;

/** What containers left as their last words, read once for each that ended. */
export class TerminationMessages {
  readonly #state: string;
  readonly #runtime: Pick<ContainerRuntime, 'logs'>;
  readonly #byContainer = new Map<string, string>();

  constructor(state: string, runtime: Pick<ContainerRuntime, 'logs'>) {
    this.#state = state;
    this.#runtime = runtime;
  }

  get all(): ReadonlyMap<string, string> {
    return this.#byContainer;
  }

  async read(containers: readonly ObservedContainer[]): Promise<void> {
    const ended = containers.filter((c) => c.kind === 'container' && hasEnded(c) && !this.#byContainer.has(c.id));
    await Promise.all(
      ended.map(async (c) => {
        // Last words that cannot be read are no reason to leave the pod alone: what kept them is said in their place.
        const message = await this.#messageOf(c).catch((error: unknown) => `no message: ${messageOf(error)}`);
        this.#byContainer.set(c.id, message);
      }),
    );
  }

  forget(id: string): void {
    this.#byContainer.delete(id);
  }

  async #messageOf(container: ObservedContainer): Promise<string> {
    const message = await readHead(
      podFiles(this.#state, container.pod.uid).terminationLog(container.container, container.attempt),
    );
    const fallback = container.labels[label.terminationMessagePolicy] === 'FallbackToLogsOnError';
    return message !== '' || !fallback || container.exitCode === 0 ? message : await this.#lastLog(container);
  }

  async #lastLog(container: ObservedContainer): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await this.#runtime.logs(container.id, { tail: MAX_LOG_LINES })) chunks.push(chunk.data);
    return Buffer.concat(chunks).subarray(-MAX_LOG_BYTES).toString('utf8');
  }
}

const readHead = async (path: string): Promise<string> => {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_FILE_BYTES), 0, MAX_FILE_BYTES, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return '';
    throw error;
  }
};
