import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { watch } from 'chokidar';
import type { Logger } from 'pino';
import { BootletError, messageOf } from '../../errors.ts';
import { namesIn } from '../../host/missing.ts';
import { openTrusted } from '../../host/trusted-file.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { EventRing } from '../../reconcile/events.ts';
import type { Reader, Writer } from '../../reconcile/store.ts';
import type { ContainerRuntime } from '../../runtime/runtime.ts';
import { type ImageArchive, imageArchiveType, runtimeStateType } from '../resources.ts';

export interface ImageLoaderOptions {
  readonly folder: string;
  readonly runtime: Pick<ContainerRuntime, 'loadImages'>;
  /** Tells when the runtime has come back. */
  readonly store: Reader;
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

/** A content of a file: it changes with each write, and with each file that takes the other's place. */
interface Content {
  readonly fingerprint: string;
  /** When it was first seen, ms since the epoch. */
  readonly since: number;
  /** Loaded, or found to be broken: there is nothing more to do until it changes. */
  readonly isDone: boolean;
}

/** Loads the archives of the images folder into the runtime, at start and as they are dropped, one at a time: loading is bound by the disk. */
export class ImageLoader {
  readonly #options: ImageLoaderOptions;
  readonly #contents = new Map<string, Content>();
  readonly #stopping = new AbortController();
  #watcher: ReturnType<typeof watch> | undefined;
  #endWatch: () => void = () => undefined;
  #pass: Promise<void> = Promise.resolve();
  #cancelTimer: () => void = () => undefined;

  constructor(options: ImageLoaderOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { folder, store, log } = this.#options;
    // Of a folder that is missing, chokidar watches the parent, and reads it anew at each change of whatever is in there.
    await mkdir(folder, { recursive: true, mode: 0o755 });
    this.#watcher = watch(folder, { depth: 0, ignoreInitial: true });
    this.#watcher.on('all', () => this.scan());
    this.#watcher.on('error', (error) =>
      log.warn({ folder, error: messageOf(error) }, 'images folder cannot be watched'),
    );
    this.#endWatch = store.watch(runtimeStateType, ({ resource }) => {
      if (resource.value.ready) this.scan();
    });
    this.scan();
  }

  /** Breaks off the load that may be under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelTimer();
    this.#endWatch();
    await this.#watcher?.close();
    await this.#pass;
  }

  /** Looks at the folder, after the look that may be under way. */
  scan(): void {
    if (this.#stopping.signal.aborted) return;
    this.#wake(SETTLE_MS, () => {
      this.#pass = this.#pass.then(() => this.#look());
    });
  }

  #wake(delay: number, act: () => void): void {
    const { clock } = this.#options;
    this.#cancelTimer();
    this.#cancelTimer = clock.setTimer(clock.now() + delay, act);
  }

  async #look(): Promise<void> {
    const { folder, log } = this.#options;
    if (this.#stopping.signal.aborted) return;
    this.#wake(RESCAN_MS, () => this.scan());
    try {
      const names = (await namesIn(folder)).filter((name) => ARCHIVE.test(name) && !name.startsWith('.')).toSorted();
      const paths = names.map((name) => join(folder, name));
      this.#forgetAllBut(paths);
      for (const path of paths) await this.#lookAt(path);
    } catch (error) {
      log.warn({ folder, error: messageOf(error) }, 'images folder cannot be read');
    }
  }

  async #lookAt(path: string): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return;
    try {
      const seen = await stat(path, { bigint: true });
      const content = this.#contentOf(path, [seen.dev, seen.ino, seen.size, seen.mtimeNs].join(':'));
      if (content.isDone) return;
      const now = this.#options.clock.now();
      // The first spares what lay there before the wait; the second ends it also for a file that comes from the future.
      if (now - Number(seen.mtimeMs) < SETTLE_MS && now - content.since < SETTLE_MS) return this.scan();
      await this.#load(path);
      this.#contents.set(path, { ...content, isDone: true });
    } catch (error) {
      if (!signal.aborted) this.#failed(path, error);
    }
  }

  /** What was known of this content, or that it is new. */
  #contentOf(path: string, fingerprint: string): Content {
    const known = this.#contents.get(path);
    if (known?.fingerprint === fingerprint) return known;
    const content = { fingerprint, since: this.#options.clock.now(), isDone: false };
    this.#contents.set(path, content);
    return content;
  }

  async #load(path: string): Promise<void> {
    const { runtime, archives, log } = this.#options;
    const file = await openTrusted(path);
    const bytes = file.createReadStream();
    try {
      archives.put(path, { path, state: 'loading' });
      const images = await runtime.loadImages(bytes, this.#stopping.signal);
      archives.put(path, { path, state: 'loaded', images });
      this.#report('Normal', 'ImagesLoaded', path, `loaded ${images.join(', ')} from ${path}`);
      log.info({ path, images }, 'images loaded');
    } finally {
      // First the stream: the file waits for it.
      bytes.destroy();
      await file.close();
    }
  }

  #failed(path: string, error: unknown): void {
    const { archives, log } = this.#options;
    const content = this.#contents.get(path);
    if (error instanceof BootletError && error.code === 'E_IMAGE_ARCHIVE' && content !== undefined)
      this.#contents.set(path, { ...content, isDone: true });
    archives.put(path, { path, state: 'failed', message: messageOf(error) });
    this.#report('Warning', 'ImagesNotLoaded', path, `${path}: ${messageOf(error)}`);
    log.warn({ path, error: messageOf(error) }, 'images not loaded');
  }

  #report(type: 'Normal' | 'Warning', reason: string, path: string, message: string): void {
    this.#options.events.report({ type, reason, message, subject: { kind: 'ImageArchive', name: path } });
  }

  #forgetAllBut(paths: readonly string[]): void {
    const { store, archives } = this.#options;
    for (const { id } of store.list(imageArchiveType)) if (!paths.includes(id)) archives.remove(id);
    for (const path of this.#contents.keys()) if (!paths.includes(path)) this.#contents.delete(path);
  }
}
