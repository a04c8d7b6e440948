import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Logger } from 'pino';
import { messageOf } from '../../errors.ts';
import { FolderWatch } from '../../host/folder-watch.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { Writer } from '../../reconcile/store.ts';

/** `echo TOKEN > FILE` empties the file and then writes it: what is read between the two is no token. */
const QUIET_MS = 200;

export interface TokenFileWatchOptions {
  readonly nodeName: string;
  /** `cluster.tokenFile`; it may be missing. */
  readonly file: string;
  readonly changes: Writer<{ readonly changes: number }>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Tells that the token file was written, replaced, or given other rights, once nobody is at it, so that one that was
 * mended is taken at once. What it does not hear, in a folder that comes later or behind a link, is met by the next look
 * at the file: within a minute where a token is waited for, within five on a host that has joined.
 */
export class TokenFileWatch {
  readonly #options: TokenFileWatchOptions;
  #watch: FolderWatch | undefined;
  #changes = 0;
  #cancel: () => void = () => undefined;

  constructor(options: TokenFileWatchOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { file } = this.#options;
    const deaf = (error: unknown): void =>
      this.#options.log.warn({ file, error: messageOf(error) }, 'the token file cannot be watched');
    try {
      this.#watch = new FolderWatch({
        folder: await realpath(dirname(file)),
        onHint: (name) => {
          if (name === basename(file)) this.#touched();
        },
        onFolder: () => this.#touched(),
        onError: deaf,
      });
    } catch (error) {
      deaf(error);
    }
  }

  async stop(): Promise<void> {
    this.#cancel();
    await this.#watch?.close();
  }

  #touched(): void {
    const { nodeName, changes, clock } = this.#options;
    this.#cancel();
    this.#cancel = clock.setTimer(clock.now() + QUIET_MS, () => changes.put(nodeName, { changes: ++this.#changes }));
  }
}
