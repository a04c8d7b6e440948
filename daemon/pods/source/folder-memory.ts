import { StateFile } from '../../host/state-file.ts';

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
  readonly #file: StateFile<RememberedFolder>;
  #known: RememberedFolder | undefined;

  constructor(path: string) {
    this.#file = new StateFile({
      path,
      parse: (json) => (isRemembered(json) ? json : undefined),
      withoutIt: 'it only tells a vanished manifest folder from an empty one',
    });
  }

  get known(): RememberedFolder | undefined {
    return this.#known;
  }

  /** @throws BootletError E_STATE_BROKEN */
  async load(): Promise<void> {
    this.#known = await this.#file.load();
  }

  async save(next: RememberedFolder): Promise<void> {
    const known = this.#known;
    if (known?.path === next.path && known.identity === next.identity && known.empty === next.empty) return;
    await this.#file.save(next);
    this.#known = next;
  }
}
