import { readFile } from 'node:fs/promises';
import { BootletError, systemCodeOf } from '../../errors.ts';
import { writeFileAtomically } from '../../host/atomic-file.ts';

/** The folder whose content was last taken for the truth. */
export interface RememberedFolder {
  readonly path: string;
  readonly identity: string;
  /** An empty folder in the place of an empty one is no loss: device numbers may change with a boot. */
  readonly empty: boolean;
}

const isRemembered = (value: unknown): value is RememberedFolder =>
  typeof value === 'object' &&
  value !== null &&
  'path' in value &&
  typeof value.path === 'string' &&
  'identity' in value &&
  typeof value.identity === 'string' &&
  'empty' in value &&
  typeof value.empty === 'boolean';

/** Keeps it in one file of the state folder, so that a folder that vanished while bootlet was away is known to have. */
export class FolderMemory {
  readonly #file: string;
  #known: RememberedFolder | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  get known(): RememberedFolder | undefined {
    return this.#known;
  }

  /** @throws BootletError E_STATE_BROKEN */
  async load(): Promise<void> {
    let value: unknown;
    try {
      value = JSON.parse(await readFile(this.#file, 'utf8'));
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return;
      throw this.#broken(error);
    }
    if (!isRemembered(value)) throw this.#broken(undefined);
    this.#known = value;
  }

  async save(next: RememberedFolder): Promise<void> {
    const known = this.#known;
    if (known?.path === next.path && known.identity === next.identity && known.empty === next.empty) return;
    await writeFileAtomically(this.#file, JSON.stringify(next));
    this.#known = next;
  }

  #broken(cause: unknown): BootletError {
    const hint = `remove ${this.#file}; it only tells a vanished manifest folder from an empty one`;
    return new BootletError('E_STATE_BROKEN', `${this.#file} cannot be understood`, { hint, cause, retryable: false });
  }
}
