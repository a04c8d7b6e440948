import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { FolderWatch } from '../../host/folder-watch.ts';
import type { Reader } from '../../reconcile/store.ts';
import { runtimeStateType } from '../../runtime/resources.ts';
import type { NetworkEvents } from './network-events.ts';

export interface DockerMonitorOptions {
  readonly store: Reader;
  readonly events: Pick<NetworkEvents, 'changed' | 'listening' | 'deaf'>;
  /** Of daemon.json. */
  readonly configFile: string;
}

/** Hears that dockerd was started, or ended, and that its daemon.json was changed. */
export class DockerMonitor {
  readonly #options: DockerMonitorOptions;
  #unwatchStore = (): void => undefined;
  #files: FolderWatch | undefined;

  constructor(options: DockerMonitorOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { store, events, configFile } = this.#options;
    this.#unwatchStore = store.watch(runtimeStateType, () => events.changed('docker'));
    const deaf = (error: unknown): void =>
      events.deaf('docker', `${dirname(configFile)} cannot be watched: ${messageOf(error)}`);
    try {
      // A link leads into another folder, where the file itself is changed.
      const file = await realpath(configFile).catch(async () =>
        join(await realpath(dirname(configFile)), basename(configFile)),
      );
      this.#files = new FolderWatch({
        folder: dirname(file),
        onHint: (name) => {
          if (name === basename(file)) events.changed('docker');
        },
        onFolder: () => events.listening('docker'),
        onError: deaf,
      });
    } catch (error) {
      deaf(error);
    }
  }

  async stop(): Promise<void> {
    this.#unwatchStore();
    await this.#files?.close();
  }
}
