import { type FSWatcher, watch } from 'chokidar';

/** `moved`: the name appeared, went away or became another file. `written`: the file under it was written to in place. */
export type Hint = 'moved' | 'written';

export interface FolderWatchOptions {
  /** Without links. */
  readonly folder: string;
  readonly onHint: (name: string, hint: Hint) => void;
  /** Something about the folder as a whole, or the watch has just begun: look at everything. */
  readonly onFolder: () => void;
  /** The watch is dead. */
  readonly onError: (error: unknown) => void;
}

/**
 * inotify on the folder alone, through chokidar. It only says where to look: links into other folders, mounts and a
 * folder put in this one's place are not seen.
 */
export class FolderWatch {
  readonly #watcher: FSWatcher;
  #closed = false;

  constructor({ folder, onHint, onFolder, onError }: FolderWatchOptions) {
    // The raw events of the folder's own watch carry all names; watches on each file would only repeat them.
    this.#watcher = watch(folder, { depth: 0, ignoreInitial: true, ignored: (path) => path !== folder });
    const unlessClosed =
      <A extends unknown[]>(tell: (...args: A) => void) =>
      (...args: A) => {
        if (!this.#closed) tell(...args);
      };
    this.#watcher.on('ready', unlessClosed(onFolder));
    this.#watcher.on('all', unlessClosed(onFolder));
    this.#watcher.on('error', unlessClosed(onError));
    this.#watcher.on(
      'raw',
      unlessClosed((event: string, name: unknown) => {
        if (typeof name === 'string') onHint(name, event === 'change' ? 'written' : 'moved');
        else onFolder();
      }),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#watcher.close();
  }
}
