import { StateFile } from '../../host/state-file.ts';
import type { Reader, Writer } from '../../reconcile/store.ts';
import { type PodEviction, podEvictionType } from '../resources.ts';

export interface EvictionsOptions {
  /** Where they are remembered. */
  readonly file: string;
  readonly store: Reader;
  readonly evictions: Writer<PodEviction>;
}

/** The evicted pods by key, on disk so that a restart of the daemon under pressure does not start them all again. */
export class Evictions {
  readonly #o: EvictionsOptions;
  readonly #file: StateFile<Readonly<Record<string, PodEviction>>>;
  #isSaved = true;

  constructor(options: EvictionsOptions) {
    this.#o = options;
    this.#file = new StateFile({ path: options.file, parse, withoutIt: 'evicted pods start again' });
  }

  /** @throws BootletError E_STATE_BROKEN; then none counts as evicted */
  async load(): Promise<void> {
    for (const [key, eviction] of Object.entries((await this.#file.load()) ?? {})) this.#o.evictions.put(key, eviction);
  }

  add(key: string, eviction: PodEviction): void {
    this.#isSaved = false;
    this.#o.evictions.put(key, eviction);
  }

  /** Lets go those that do not pass. */
  keep(isKept: (key: string, eviction: PodEviction) => boolean): void {
    for (const { id, value } of this.#o.store.list(podEvictionType)) {
      if (isKept(id, value)) continue;
      this.#isSaved = false;
      this.#o.evictions.remove(id);
    }
  }

  /** After the fact: a disk too full to write to must not keep a pod from making room on it. @throws system errors */
  async save(): Promise<void> {
    if (this.#isSaved) return;
    const all = this.#o.store.list(podEvictionType).map(({ id, value }) => [id, value]);
    await this.#file.save(Object.fromEntries(all));
    this.#isSaved = true;
  }
}

const parse = (json: unknown): Readonly<Record<string, PodEviction>> | undefined => {
  if (typeof json !== 'object' || json === null) return undefined;
  const all = Object.entries(json).flatMap(([key, value]): [string, PodEviction][] => {
    const { uid, message } = Object(value);
    return typeof uid === 'string' && typeof message === 'string' ? [[key, { uid, message }]] : [];
  });
  return all.length === Object.keys(json).length ? Object.fromEntries(all) : undefined;
};
