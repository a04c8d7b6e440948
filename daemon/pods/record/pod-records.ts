import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BootletError, messageOf, systemCodeOf } from '../../errors.ts';
import { writeFileAtomically } from '../../host/atomic-file.ts';
import { namesIn } from '../../host/missing.ts';
import { uidName } from '../../runtime/uid-name.ts';
import { type PodFiles, podFilesNamed } from '../create/pod-files.ts';

export interface PodRecordsOptions<T> {
  /** The state folder. */
  readonly state: string;
  readonly file: (files: PodFiles) => string;
  /** Reads the fields of one record; undefined when they are not such. */
  readonly parse: (fields: Readonly<Record<string, unknown>>) => T | undefined;
  /** What follows from removing a broken file. */
  readonly withoutIt: string;
}

/** Facts about containers that the next daemon must know, by an id of the fact: in memory, and on disk beside the pod's other files. */
export class PodRecords<T extends object> {
  readonly #o: PodRecordsOptions<T>;
  readonly #values = new Map<string, T>();
  /** The folder of the pod that each is of. */
  readonly #folders = new Map<string, string>();
  /** The last write for each pod: writes of one file go one after another. */
  readonly #writes = new Map<string, Promise<void>>();

  constructor(options: PodRecordsOptions<T>) {
    this.#o = options;
  }

  get all(): ReadonlyMap<string, T> {
    return this.#values;
  }

  get(id: string): T | undefined {
    return this.#values.get(id);
  }

  /** Reads what an earlier daemon noted. A file that cannot be understood is reported and left out. */
  async load(onBroken: (error: BootletError) => void): Promise<void> {
    for (const folder of await namesIn(join(this.#o.state, 'pods'))) {
      try {
        for (const [id, value] of await this.#read(folder)) this.#hold(folder, id, value);
      } catch (error) {
        if (!(error instanceof BootletError)) throw error;
        onBroken(error);
      }
    }
  }

  async note(uid: string, id: string, value: T): Promise<void> {
    const folder = uidName(uid);
    this.#hold(folder, id, value);
    const write = (this.#writes.get(folder) ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => this.#write(folder));
    this.#writes.set(folder, write);
    try {
      await write;
    } finally {
      if (this.#writes.get(folder) === write) this.#writes.delete(folder);
    }
  }

  /** In memory only: a record of a container that is gone does no harm on disk, and the next write drops it. */
  forget(id: string): void {
    this.#values.delete(id);
    this.#folders.delete(id);
  }

  /** Forgets the records of all other containers. An id of a record is that of its container, or begins with it and a `/`. */
  keepOnly(isThere: (containerId: string) => boolean): void {
    for (const id of [...this.#values.keys()]) if (!isThere(id.split('/')[0] ?? id)) this.forget(id);
  }

  /** Changes what is in memory only, until the next write. */
  protected amend(id: string, value: T): void {
    this.#values.set(id, value);
  }

  #hold(folder: string, id: string, value: T): void {
    this.#values.set(id, value);
    this.#folders.set(id, folder);
  }

  async #write(folder: string): Promise<void> {
    const mine = [...this.#values].flatMap(([id, value]) =>
      this.#folders.get(id) === folder ? [{ id, ...value }] : [],
    );
    const file = this.#fileOf(folder);
    await mkdir(dirname(file), { recursive: true, mode: 0o750 });
    await writeFileAtomically(file, JSON.stringify(mine));
  }

  async #read(folder: string): Promise<readonly [string, T][]> {
    const file = this.#fileOf(folder);
    try {
      const list: unknown = JSON.parse(await readFile(file, 'utf8'));
      if (!Array.isArray(list)) throw new TypeError('not a list');
      return list.map((entry) => this.#parse(entry));
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return [];
      throw new BootletError('E_STATE_BROKEN', `${file} cannot be understood: ${messageOf(error)}`, {
        cause: error,
        hint: `remove ${file}: ${this.#o.withoutIt}`,
      });
    }
  }

  #parse(entry: unknown): [string, T] {
    const fields: Readonly<Record<string, unknown>> = Object(entry);
    const value = this.#o.parse(fields);
    if (typeof fields['id'] !== 'string' || value === undefined) throw new TypeError('an entry lacks a field');
    return [fields['id'], value];
  }

  #fileOf(folder: string): string {
    return this.#o.file(podFilesNamed(this.#o.state, folder));
  }
}
