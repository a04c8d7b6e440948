import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Logger } from 'pino';
import { messageOf } from '../../errors.ts';
import { FolderWatch } from '../../host/folder-watch.ts';
import type { Writer } from '../../reconcile/store.ts';

export interface TokenFileWatchOptions {
  readonly nodeName: string;
  /** `cluster.tokenFile`; it may be missing. */
  readonly file: string;
  readonly changes: Writer<{ readonly changes: number }>;
  readonly log: Logger;
}

/**
 * Tells that the token file was written, replaced, or given other rights, so that one that was mended is taken at once.
 * What it does not hear, in a folder that comes later or behind a link, is met by the next look at the file, within a minute.
 */
export class TokenFileWatch {
  readonly #options: TokenFileWatchOptions;
  #watch: FolderWatch | undefined;
  #changes = 0;

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
          if (name === basename(file)) this.#changed();
        },
        onFolder: () => this.#changed(),
        onError: deaf,
      });
    } catch (error) {
      deaf(error);
    }
  }

  async stop(): Promise<void> {
    await this.#watch?.close();
  }

  #changed(): void {
    this.#options.changes.put(this.#options.nodeName, { changes: ++this.#changes });
  }
}
