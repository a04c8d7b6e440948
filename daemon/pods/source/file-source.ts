import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Logger } from 'pino';
import { BootletError, messageOf } from '../../errors.ts';
import { FolderWatch, type Hint } from '../../host/folder-watch.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { Semaphore } from '../../reconcile/semaphore.ts';
import type { Writer } from '../../reconcile/store.ts';
import type { ManifestFile, ManifestFolder } from '../resources.ts';
import { Entries, type Look } from './entries.ts';
import type { FolderMemory } from './folder-memory.ts';
import { ignoredBecause } from './ignored-names.ts';
import { listNames, MOST_ENTRIES, mayBeGarbled } from './list-names.ts';
import { observeEntry, observeFolder, type SeenFolder } from './observe.ts';
import { type ReadManifest, readEntry, refused } from './read-entry.ts';

export interface FileSourceOptions {
  readonly folder: string;
  readonly read: ReadManifest;
  readonly clock: Clock;
  readonly memory: FolderMemory;
  readonly files: Writer<ManifestFile>;
  readonly folders: Writer<ManifestFolder>;
  readonly log: Logger;
}

/** The truth: everything is looked at this often, ms. */
const RESCAN_MS = 10_000;
/** While the folder is gone, or inotify is. */
const BLIND_RESCAN_MS = 1000;
/** Everything is read again this often, whatever the fingerprints say, ms. */
const REREAD_MS = 300_000;
const READS_AT_ONCE = 8;

/**
 * Keeps the store's ManifestFile resources equal to what the manifest folder says.
 *
 * inotify only says where to look; what counts is what a pass over the folder finds, and every pass first makes sure
 * that the folder is still the one whose content was taken for the truth. One pass at a time; what is hinted
 * meanwhile is looked at in the next. The changes of a pass reach the store in one turn.
 */
export class FileSource {
  readonly #options: FileSourceOptions;
  readonly #entries: Entries;
  /** What inotify said of a name since a look at it began. */
  readonly #hints = new Map<string, Hint>();
  readonly #reads = new Semaphore(READS_AT_ONCE);
  /** Names to look at, or all. */
  #dirty: Set<string> | 'all' = 'all';
  #passes: Promise<void> | undefined;
  #cancelTimer: () => void = () => undefined;
  #watch: { readonly identity: string; readonly watch: FolderWatch } | undefined;
  #watchError = '';
  #memoryError = '';
  #state: ManifestFolder;
  #rescanAt = 0;
  #rereadAt: number;
  #stopped = false;

  constructor(options: FileSourceOptions) {
    this.#options = options;
    this.#entries = new Entries(options);
    this.#rereadAt = options.clock.now() + REREAD_MS;
    this.#state = { path: options.folder, identity: '', state: 'unread', message: 'not read yet' };
    options.folders.put(options.folder, this.#state);
  }

  /** Reads the folder for the first time; resolves when that is done. */
  async start(): Promise<void> {
    const { memory, log } = this.#options;
    try {
      await memory.load();
    } catch (error) {
      // It only tells a vanished folder from an empty one: no reason to leave pods unsupervised.
      log.warn({ error: messageOf(error) }, 'identity of the manifest folder is not remembered');
    }
    await this.rescan();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.#passes;
    await this.#unwatch();
  }

  /** Looks at everything now; resolves when what was there at the call has been looked at. */
  async rescan(): Promise<void> {
    this.#dirty = 'all';
    await this.#passes;
    await this.#pass();
  }

  #hint(name: string, hint: Hint): void {
    this.#hints.set(name, hint);
    // `..data` is how a mounted ConfigMap changes all its files at once; under a garbled name nothing can be found.
    if (name.startsWith('..') || mayBeGarbled(name)) this.#lookAtAll();
    else if (this.#dirty !== 'all') this.#dirty.add(name);
    this.#soon();
  }

  #lookAtAll(): void {
    this.#dirty = 'all';
    this.#soon();
  }

  /** In a later turn, so that a burst of events makes one pass. */
  #soon(): void {
    setImmediate(() => void this.#pass());
  }

  #pass(): Promise<void> {
    this.#passes ??= this.#run().finally(() => {
      this.#passes = undefined;
    });
    return this.#passes;
  }

  async #run(): Promise<void> {
    this.#cancelTimer();
    while (!this.#stopped && (this.#dirty === 'all' || this.#dirty.size > 0)) {
      const dirty = this.#dirty;
      this.#dirty = new Set();
      try {
        await this.#look(dirty);
      } catch (error) {
        const { folder, clock, log } = this.#options;
        const message = `${folder} could not be read: ${messageOf(error)}`;
        if (message !== this.#state.message)
          log.error({ folder, error: message }, 'pass over the manifest folder failed');
        this.#show({ ...this.#state, message });
        this.#rescanAt = clock.now() + BLIND_RESCAN_MS;
      }
    }
    this.#schedule();
  }

  #schedule(): void {
    this.#cancelTimer();
    if (this.#stopped) return;
    const { clock } = this.#options;
    const { at, names } = this.#entries.nextLook(clock.now());
    // A clock that was set back must not put the next rescan off.
    const rescanAt = Math.min(this.#rescanAt, clock.now() + RESCAN_MS);
    this.#cancelTimer = clock.setTimer(Math.min(at, rescanAt), () => {
      if (rescanAt <= at) this.#dirty = 'all';
      else if (this.#dirty !== 'all') for (const name of names) this.#dirty.add(name);
      void this.#pass();
    });
  }

  async #look(dirty: ReadonlySet<string> | 'all'): Promise<void> {
    const { folder, clock } = this.#options;
    const seen = await observeFolder(folder);
    if (seen.kind === 'missing') return this.#leave(seen.message);
    const whole =
      dirty === 'all' ||
      this.#state.state !== 'present' ||
      seen.identity !== this.#state.identity ||
      this.#entries.size + dirty.size > MOST_ENTRIES;
    const listed = whole ? await listNames(folder) : undefined;
    const overfull = whole && listed === undefined;
    // The watch would read a folder of any size, and queue an event for each file that is put in.
    if (overfull) await this.#unwatch();
    else await this.#watchFolder(seen.identity);
    const names = whole ? new Set([...(listed ?? []), ...this.#entries.names()]) : dirty;
    const reread = whole && clock.now() >= this.#rereadAt;
    const lookAt = (name: string): Promise<Look> => this.#reads.run(() => this.#lookAt(name, seen, reread, listed));
    const looks = await Promise.all([...names].map(lookAt));
    const after = await observeFolder(folder);
    if (after.kind === 'missing') return this.#leave(after.message);
    if (after.identity !== seen.identity) return this.#lookAtAll();
    if (whole && !overfull && this.#isEmptyReplacement(seen.identity, looks)) {
      return this.#vanish(`${folder} was replaced by an empty folder`);
    }
    if (whole) {
      this.#rescanAt = clock.now() + (this.#watch === undefined && !overfull ? BLIND_RESCAN_MS : RESCAN_MS);
      if (reread) this.#rereadAt = clock.now() + REREAD_MS;
    }
    this.#entries.takePresent(looks);
    // A folder that is new to us speaks once its files are at rest: until then none is known to be missing.
    if (seen.identity !== this.#state.identity && this.#entries.unsettled(clock.now())) return;
    this.#entries.takeMissing(looks);
    const { identity, distrust } = seen;
    if (distrust !== undefined) {
      const message = `${distrust.message} (${distrust.hint ?? ''})`;
      return this.#show({ path: folder, identity, state: 'untrusted', message });
    }
    if (overfull) {
      this.#hints.clear();
      const message = `${folder} holds more than ${MOST_ENTRIES} entries; what is new in it is not read`;
      return this.#show({ path: folder, identity, state: 'overfull', message });
    }
    this.#show({ path: folder, identity, state: 'present', message: '' });
    await this.#remember(identity);
  }

  /** A disk that is full makes no pass fail: what is remembered only tells a vanished folder from an empty one. */
  async #remember(identity: string): Promise<void> {
    const { folder, memory, log } = this.#options;
    try {
      await memory.save({ path: folder, identity, empty: this.#entries.manifests() === 0 });
      this.#memoryError = '';
    } catch (error) {
      const message = messageOf(error);
      if (message !== this.#memoryError) log.warn({ folder, error: message }, 'manifest folder cannot be remembered');
      this.#memoryError = message;
    }
  }

  /** One odd entry must not cost the others their look. */
  async #lookAt(
    name: string,
    folder: SeenFolder & { kind: 'folder' },
    reread: boolean,
    listed: ReadonlySet<string> | undefined,
  ): Promise<Look> {
    const at = this.#options.clock.now();
    try {
      const look = await this.#lookAtEntry(name, at, folder, reread);
      if (look.kind === 'missing' && mayBeGarbled(name) && listed?.has(name)) throw notUtf8(name);
      return look;
    } catch (error) {
      return { name, at, kind: 'refused', file: refused(join(this.#options.folder, name), error) };
    }
  }

  async #lookAtEntry(
    name: string,
    at: number,
    folder: SeenFolder & { kind: 'folder' },
    reread: boolean,
  ): Promise<Look> {
    const { clock, read } = this.#options;
    const path = join(this.#options.folder, name);
    // Taken before the look: what comes from now on may be about what this look no longer sees.
    const hintBefore = this.#hints.get(name);
    this.#hints.delete(name);
    const seen = await observeEntry(path);
    if (seen.kind === 'missing') return { name, at, kind: 'missing' };
    const ignored = ignoredBecause(name);
    if (ignored !== undefined) return { name, at, kind: 'ignored', file: { state: 'ignored', path, reason: ignored } };
    if (seen.kind === 'other')
      return { name, at, kind: 'ignored', file: { state: 'ignored', path, reason: seen.what } };
    // Time stamps are coarse: a write that inotify tells of may have left them as they were.
    const quiet = !reread && folder.distrust === undefined && hintBefore === undefined;
    if (quiet && this.#entries.isKnown(name, seen.fingerprint)) return { name, at, kind: 'same' };
    const { distrust } = folder;
    const file = distrust === undefined ? await readEntry(path, read) : refused(path, distrust);
    // inotify's queue holds the event of every write whose bytes could be read. Two turns: one may end without polling.
    await turn();
    await turn();
    const then = clock.now();
    const after = await observeEntry(path);
    if (after.kind === 'missing') return { name, at: then, kind: 'missing' };
    // Where a link points to is not watched.
    const hint = seen.link ? undefined : (this.#hints.get(name) ?? hintBefore);
    if (after.kind === 'other' || after.fingerprint !== seen.fingerprint)
      return { name, at: then, kind: 'changing', hint };
    return { name, at: then, kind: 'read', file, seen, hint };
  }

  /** Device and inode changed and nothing is in it: a mount point without its mount, or a folder made anew. */
  #isEmptyReplacement(identity: string, looks: readonly Look[]): boolean {
    const { memory, folder } = this.#options;
    const before = memory.known;
    if (before === undefined || before.path !== folder || before.identity === identity || before.empty) return false;
    return !looks.some((look) => look.kind !== 'missing' && look.kind !== 'ignored');
  }

  async #leave(message: string): Promise<void> {
    await this.#unwatch();
    this.#vanish(message);
  }

  #vanish(message: string): void {
    this.#hints.clear();
    this.#entries.leaveFolder();
    this.#rescanAt = this.#options.clock.now() + BLIND_RESCAN_MS;
    this.#show({ path: this.#options.folder, identity: '', state: 'vanished', message });
  }

  #show(next: ManifestFolder): void {
    const before = this.#state;
    this.#state = next;
    this.#options.folders.put(next.path, next);
    if (before.state === next.state && before.identity === next.identity) return;
    const level = next.state === 'present' ? 'info' : 'warn';
    this.#options.log[level]({ folder: next.path, state: next.state, reason: next.message }, 'manifest folder');
  }

  async #watchFolder(identity: string): Promise<void> {
    if (this.#watch?.identity === identity) return;
    await this.#unwatch();
    const { folder, log } = this.#options;
    const onError = (error: unknown): void => {
      const message = messageOf(error);
      if (message !== this.#watchError) log.warn({ folder, error: message }, 'manifest folder cannot be watched');
      this.#watchError = message;
      this.#rescanAt = Math.min(this.#rescanAt, this.#options.clock.now() + BLIND_RESCAN_MS);
      this.#schedule();
      void this.#unwatch();
    };
    const watch = new FolderWatch({
      folder: await realpath(folder),
      onHint: (name, hint) => this.#hint(name, hint),
      onFolder: () => this.#lookAtAll(),
      onError,
    });
    this.#watch = { identity, watch };
  }

  async #unwatch(): Promise<void> {
    const { watch } = this.#watch ?? {};
    this.#watch = undefined;
    await watch?.close();
  }
}

const notUtf8 = (name: string): BootletError =>
  new BootletError('E_FILE_UNREADABLE', `the name ${name} is not UTF-8`, {
    hint: 'rename the file; ls -b shows its bytes',
    retryable: false,
  });
