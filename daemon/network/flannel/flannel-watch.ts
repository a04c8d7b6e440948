import { realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Logger } from 'pino';
import { messageOf } from '../../errors.ts';
import { FolderWatch } from '../../host/folder-watch.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { Writer } from '../../reconcile/store.ts';
import { type FlannelFile, type FlannelSubnet, NETWORK } from '../resources.ts';
import { readFlannelFile } from './flannel-file.ts';

export interface FlannelWatchOptions {
  /** Of subnet.env. */
  readonly path: string;
  readonly clock: Clock;
  readonly files: Writer<FlannelFile>;
  readonly log: Logger;
}

/** inotify may be missing a change, of a mount for one, ms. */
const LOOK_MS = 10_000;
/** While there is no folder to watch, ms. */
const BLIND_LOOK_MS = 1000;

/**
 * Keeps the store's FlannelFile equal to flannel's subnet.env. inotify only says when to look. A file that is gone, or that
 * is being written, takes nothing back: what it said last stays.
 */
export class FlannelWatch {
  readonly #options: FlannelWatchOptions;
  #last: FlannelSubnet | undefined;
  #watch: { readonly identity: string; readonly watch: FolderWatch } | undefined;
  #watchError = '';
  #looks: Promise<void> = Promise.resolve();
  #isDue = false;
  #cancelTimer = (): void => undefined;
  #isStopped = false;

  constructor(options: FlannelWatchOptions) {
    this.#options = options;
  }

  /** Resolves once the file was looked at. */
  async start(): Promise<void> {
    await this.look();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    await this.#looks;
    await this.#unwatch();
  }

  /** Resolves once the file was looked at as it is now. Looks that are asked for while one is due are that one. */
  look(): Promise<void> {
    if (!this.#isDue) {
      this.#isDue = true;
      this.#looks = this.#looks.then(() => {
        this.#isDue = false;
        return this.#look();
      });
    }
    return this.#looks;
  }

  async #look(): Promise<void> {
    if (this.#isStopped) return;
    const { path, clock, files } = this.#options;
    this.#cancelTimer();
    // Watched before it is read: what is written from now on makes another look.
    const isWatched = await this.#watchFolder();
    const file = await readFlannelFile(path, this.#last);
    this.#last = file.subnet;
    files.put(NETWORK, file);
    const at = clock.now() + (isWatched ? LOOK_MS : BLIND_LOOK_MS);
    this.#cancelTimer = clock.setTimer(at, () => void this.look());
  }

  /** Whether the folder is watched that has the file now: it goes and comes with flanneld. */
  async #watchFolder(): Promise<boolean> {
    const { path } = this.#options;
    try {
      const folder = await realpath(dirname(path));
      const { dev, ino } = await stat(folder);
      const identity = `${dev}:${ino}`;
      if (identity === this.#watch?.identity) return true;
      await this.#unwatch();
      this.#watch = { identity, watch: this.#watchOf(folder) };
      return true;
    } catch {
      // What is wrong with the folder is told of the file.
      await this.#unwatch();
      return false;
    }
  }

  #watchOf(folder: string): FolderWatch {
    const { path, log } = this.#options;
    return new FolderWatch({
      folder,
      onHint: (name) => {
        if (name === basename(path)) void this.look();
      },
      onFolder: () => void this.look(),
      onError: (error) => {
        const message = messageOf(error);
        if (message !== this.#watchError) log.warn({ folder, error: message }, "flannel's folder cannot be watched");
        this.#watchError = message;
        void this.#unwatch();
      },
    });
  }

  async #unwatch(): Promise<void> {
    const watch = this.#watch?.watch;
    this.#watch = undefined;
    await watch?.close();
  }
}
