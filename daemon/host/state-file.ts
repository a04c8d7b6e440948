import { readFile } from 'node:fs/promises';
import { BootletError, systemCodeOf } from '../errors.ts';
import { writeFileAtomically } from './atomic-file.ts';

export interface StateFileOptions<T> {
  readonly path: string;
  /** Undefined where the content is none of this type. */
  readonly parse: (json: unknown) => T | undefined;
  /** What is lost with the file, as a hint to whoever removes it. */
  readonly withoutIt: string;
}

/** A small JSON file of the state folder, kept over restarts of the daemon and reboots. */
export class StateFile<T> {
  readonly #o: StateFileOptions<T>;
  /** The last write: one goes after another. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: StateFileOptions<T>) {
    this.#o = options;
  }

  /** Undefined where there is none. @throws BootletError E_STATE_BROKEN, E_PERMISSION */
  async load(): Promise<T | undefined> {
    const { path, parse, withoutIt } = this.#o;
    const broken = (cause?: unknown) =>
      new BootletError('E_STATE_BROKEN', `${path} cannot be understood`, {
        cause,
        hint: `remove ${path}: ${withoutIt}`,
        retryable: false,
      });
    let json: unknown;
    try {
      json = JSON.parse(await readFile(path, 'utf8'));
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return undefined;
      if (systemCodeOf(error) === 'EACCES') {
        throw new BootletError('E_PERMISSION', `${path} may not be read by this user`, {
          cause: error,
          retryable: false,
        });
      }
      throw broken(error);
    }
    const value = parse(json);
    if (value === undefined) throw broken();
    return value;
  }

  /** Resolves once it is on disk. @throws system errors (ENOSPC, …) as they come */
  save(value: T): Promise<void> {
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(() => writeFileAtomically(this.#o.path, JSON.stringify(value)));
    return this.#writing;
  }
}
