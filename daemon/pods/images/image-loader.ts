import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createZstdDecompress } from 'node:zlib';
import { watch } from 'chokidar';
import type { Logger } from 'pino';
import { messageOf, systemCodeOf } from '../../errors.ts';
import { openTrusted } from '../../host/trusted-file.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { EventRing } from '../../reconcile/events.ts';
import type { Writer } from '../../reconcile/store.ts';
import type { ContainerRuntime } from '../../runtime/runtime.ts';
import type { ImageArchive } from '../resources.ts';

export interface ImageLoaderOptions {
  readonly folder: string;
  readonly runtime: Pick<ContainerRuntime, 'loadImages'>;
  readonly archives: Writer<ImageArchive>;
  readonly events: EventRing;
  readonly clock: Clock;
  readonly log: Logger;
}

const ARCHIVE = /\.tar(\.gz|\.zst)?$/;
/** An archive is taken for complete when it did not change for this long: they are large and often copied in place. */
const SETTLE_MS = 500;
/** What inotify missed is found this late, and a failed load is tried again. */
const RESCAN_MS = 60_000;

/** Loads the archives of the images folder into the runtime, at start and as they are dropped, one at a time: loading is bound by the disk. */
export class ImageLoader {
  readonly #options: ImageLoaderOptions;
  /** Fingerprint of what was loaded, by path. */
  readonly #loaded = new Map<string, string>();
  #watcher: ReturnType<typeof watch> | undefined;
  #pass: Promise<void> = Promise.resolve();
  #cancelTimer: () => void = () => undefined;
  #stopped = false;

  constructor(options: ImageLoaderOptions) {
    this.#options = options;
  }

  start(): void {
    const { folder, log } = this.#options;
    this.#watcher = watch(folder, { depth: 0, ignoreInitial: true });
    this.#watcher.on('all', () => this.scan());
    this.#watcher.on('error', (error) =>
      log.warn({ folder, error: messageOf(error) }, 'images folder cannot be watched'),
    );
    this.scan();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.#watcher?.close();
    await this.#pass;
  }

  /** Looks at the folder, after the look that may be under way. Called too when the runtime has come back. */
  scan(): void {
    this.#cancelTimer();
    if (this.#stopped) return;
    this.#cancelTimer = this.#options.clock.setTimer(this.#options.clock.now() + SETTLE_MS, () => {
      this.#pass = this.#pass.then(() => this.#look());
    });
  }

  async #look(): Promise<void> {
    const { folder, clock, log } = this.#options;
    if (this.#stopped) return;
    const rescan = (delay: number): void => {
      this.#cancelTimer();
      this.#cancelTimer = clock.setTimer(clock.now() + delay, () => this.scan());
    };
    rescan(RESCAN_MS);
    try {
      const names = (await namesIn(folder)).filter((name) => ARCHIVE.test(name) && !name.startsWith('.')).toSorted();
      this.#forgetMissing(names.map((name) => join(folder, name)));
      for (const name of names) if (!(await this.#lookAt(join(folder, name)))) rescan(SETTLE_MS);
    } catch (error) {
      log.warn({ folder, error: messageOf(error) }, 'images folder cannot be read');
    }
  }

  /** @returns false when it still changes */
  async #lookAt(path: string): Promise<boolean> {
    const seen = await stat(path, { bigint: true });
    const fingerprint = [seen.dev, seen.ino, seen.size, seen.mtimeNs].join(':');
    if (this.#loaded.get(path) === fingerprint || this.#stopped) return true;
    if (this.#options.clock.now() - Number(seen.mtimeMs) < SETTLE_MS) return false;
    await this.#load(path, fingerprint);
    return true;
  }

  async #load(path: string, fingerprint: string): Promise<void> {
    const { runtime, archives, events, log } = this.#options;
    const report = (type: 'Normal' | 'Warning', reason: string, message: string): unknown =>
      events.report({ type, reason, message, subject: { kind: 'ImageArchive', name: path } });
    archives.put(path, { path, state: 'loading' });
    try {
      const file = await openTrusted(path);
      const bytes = file.createReadStream();
      const images = await runtime.loadImages(path.endsWith('.zst') ? bytes.pipe(createZstdDecompress()) : bytes);
      this.#loaded.set(path, fingerprint);
      archives.put(path, { path, state: 'loaded', images });
      report('Normal', 'ImagesLoaded', `loaded ${images.join(', ')} from ${path}`);
      log.info({ path, images }, 'images loaded');
    } catch (error) {
      archives.put(path, { path, state: 'failed', message: messageOf(error) });
      report('Warning', 'ImagesNotLoaded', `${path}: ${messageOf(error)}`);
      log.warn({ path, error: messageOf(error) }, 'images not loaded');
    }
  }

  #forgetMissing(paths: readonly string[]): void {
    for (const path of this.#loaded.keys()) {
      if (paths.includes(path)) continue;
      this.#loaded.delete(path);
      this.#options.archives.remove(path);
    }
  }
}

const namesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
};
