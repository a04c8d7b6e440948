import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import {
  type ManifestFile,
  type ManifestFolder,
  manifestFileType,
  manifestFolderType,
} from '../../daemon/pods/resources.ts';
import { FileSource } from '../../daemon/pods/source/file-source.ts';
import { FolderMemory } from '../../daemon/pods/source/folder-memory.ts';
import type { ReadManifest } from '../../daemon/pods/source/read-entry.ts';
import { systemClock } from '../../daemon/reconcile/clock.ts';
import { Store } from '../../daemon/reconcile/store.ts';
import type { Scope } from '../lab/scope.ts';
import { readWords } from './builders.ts';

/** A folder of its own that goes away with the test. */
export const scratchFolder = (scope: Scope): string => {
  const folder = mkdtempSync(join(tmpdir(), 'bootlet-test-'));
  scope.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** A file source on a real folder, real inotify and real time; `history` is every change of a file that reached the store. */
export class SourceUnderTest {
  readonly root: string;
  readonly folder: string;
  readonly history: string[] = [];
  #store = new Store();
  #source: FileSource | undefined;
  readonly #read: ReadManifest;

  constructor(scope: Scope, read: ReadManifest = readWords) {
    this.#read = read;
    this.root = scratchFolder(scope);
    this.folder = join(this.root, 'manifests');
    mkdirSync(this.folder);
    scope.teardown(() => this.stop());
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Starts as a new process would, nothing known but what is on disk, and waits for the first word on the folder. */
  async start(): Promise<void> {
    const store = new Store();
    this.#store = store;
    store.watch(manifestFileType, ({ kind, resource }) => {
      const { value } = resource;
      const what = kind === 'removed' ? 'removed' : value.state === 'valid' ? value.pod.uid : value.state;
      this.history.push(`${value.path.slice(this.folder.length + 1)}: ${what}`);
    });
    this.#source = new FileSource({
      folder: this.folder,
      read: this.#read,
      clock: systemClock,
      memory: new FolderMemory(join(this.root, 'folder.json')),
      files: store.claim(manifestFileType, 'source'),
      folders: store.claim(manifestFolderType, 'source'),
      log: pino({ level: 'silent' }),
    });
    await this.#source.start();
    await this.#until(() => this.state() !== 'unread');
  }

  async stop(): Promise<void> {
    await this.#source?.stop();
    this.#source = undefined;
  }

  async rescan(): Promise<void> {
    await this.#source?.rescan();
  }

  file(name: string): ManifestFile | undefined {
    return this.#store.get(manifestFileType, this.path(name));
  }

  /** What the file says, as long as it is valid. */
  uidOf(name: string): string | undefined {
    const file = this.file(name);
    return file?.state === 'valid' ? file.pod.uid : undefined;
  }

  seen(): ManifestFolder | undefined {
    return this.#store.get(manifestFolderType, this.folder);
  }

  state(): ManifestFolder['state'] | undefined {
    return this.seen()?.state;
  }

  /** Resolves once the history has this line, at the latest change. */
  said(line: string): Promise<void> {
    return this.#until(() => this.history.includes(line));
  }

  becomes(state: ManifestFolder['state']): Promise<void> {
    return this.#until(() => this.state() === state);
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const ends: (() => void)[] = [];
      const check = (): void => {
        if (!holds()) return;
        for (const end of ends) end();
        resolve();
      };
      ends.push(this.#store.watch(manifestFileType, check), this.#store.watch(manifestFolderType, check));
      check();
    });
  }
}
